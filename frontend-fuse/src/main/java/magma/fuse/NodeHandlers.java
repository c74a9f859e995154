package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import magma.fs.AccessMode;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Requests;
import org.jspecify.annotations.Nullable;

/** Requests about a node as such: what it is, where it is found, and when the kernel forgets it. */
final class NodeHandlers {
    private final MountState state;
    private final FileSystem fileSystem;
    private final NodeTable nodes;

    NodeHandlers(MountState state) {
        this.state = state;
        this.fileSystem = state.fileSystem;
        this.nodes = state.nodes;
    }

    void lookup(Exchange exchange) throws IOException, MalformedMessageException {
        byte[] text = exchange.body().text();
        if (isDots(text)) {
            lookupDots(exchange, text.length);
            return;
        }
        MountState.Place place = state.place(exchange, Name.of(text));
        Attributes found;
        try {
            found = fileSystem.lookup(exchange.caller(), place.directory(), place.name());
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            Replies.putNoEntry(exchange.answer(), state.validity());
            exchange.send();
            state.invalidations.sentEntry(place.directory(), exchange.node(), place.name(), place.since());
            return;
        }
        state.sendEntry(exchange, place, found);
    }

    private static boolean isDots(byte[] text) {
        return text.length > 0 && text.length <= 2 && text[0] == '.' && text[text.length - 1] == '.';
    }

    /** Only asked where the mount is exported by the kernel's NFS server. */
    private void lookupDots(Exchange exchange, int dots) throws IOException {
        long since = state.invalidations.now();
        Key key = nodes.key(exchange.node());
        Key found = dots == 1 ? key : fileSystem.parent(key);
        Attributes attributes = fileSystem.getAttributes(found);
        long node = nodes.acquire(found);
        state.putEntry(exchange.answer(), node, attributes);
        if (!exchange.send()) {
            nodes.forget(node, 1);
        }
        state.invalidations.sentFlare(found, node, since);
    }

    void forget(Exchange exchange) throws MalformedMessageException {
        nodes.forget(exchange.node(), Requests.Forget.read(exchange.body()).lookups());
    }

    void batchForget(Exchange exchange) throws MalformedMessageException {
        int count = Requests.BatchForget.read(exchange.body()).count();
        for (int i = 0; i < count; i++) {
            long node = exchange.body().quad();
            nodes.forget(node, exchange.body().quad());
        }
    }

    void getAttributes(Exchange exchange) throws IOException {
        long since = state.invalidations.now();
        state.sendAttributes(exchange, fileSystem.getAttributes(nodes.key(exchange.node())), since);
    }

    void statx(Exchange exchange) throws IOException {
        long since = state.invalidations.now();
        Attributes attributes = fileSystem.getAttributes(nodes.key(exchange.node()));
        Replies.putStatx(exchange.answer(), state.validity(), attributes);
        exchange.send();
        state.invalidations.sentFlare(attributes.key(), exchange.node(), since);
    }

    void setAttributes(Exchange exchange) throws IOException, MalformedMessageException {
        long since = state.invalidations.now();
        Requests.SetAttributes request = Requests.SetAttributes.read(exchange.body());
        Key key = nodes.key(exchange.node());
        AttributeChanges changes = changes(request);
        OpenFile through = request.has(Requests.SetAttributes.HANDLE)
                ? state.files.get(request.handle()).file()
                : null;
        Attributes now = changes.isEmpty()
                ? fileSystem.getAttributes(key)
                : fileSystem.setAttributes(exchange.caller(), key, changes, through);
        state.sendAttributes(exchange, now, since);
    }

    private static AttributeChanges changes(Requests.SetAttributes request) throws FsException {
        return new AttributeChanges(
                request.has(Requests.SetAttributes.MODE) ? request.mode() & Attributes.MODE_MASK : null,
                request.has(Requests.SetAttributes.UID) ? request.uid() : null,
                request.has(Requests.SetAttributes.GID) ? request.gid() : null,
                request.has(Requests.SetAttributes.SIZE) ? request.size() : null,
                time(
                        request.has(Requests.SetAttributes.ACCESSED),
                        request.has(Requests.SetAttributes.ACCESSED_NOW),
                        request.accessed(),
                        request.accessedNanos()),
                time(
                        request.has(Requests.SetAttributes.MODIFIED),
                        request.has(Requests.SetAttributes.MODIFIED_NOW),
                        request.modified(),
                        request.modifiedNanos()));
    }

    private static @Nullable TimeChange time(boolean set, boolean now, long seconds, int nanos) throws FsException {
        if (now) {
            return new TimeChange.Now();
        }
        if (!set) {
            return null;
        }
        if (seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond() - 5) {
            throw new FsException(Errno.EINVAL, "a time " + seconds + " seconds from 1970");
        }
        return new TimeChange.At(Instant.ofEpochSecond(seconds, Integer.toUnsignedLong(nanos)));
    }

    void access(Exchange exchange) throws IOException, MalformedMessageException {
        int mask = Requests.Access.read(exchange.body()).mask();
        Set<AccessMode> wanted = EnumSet.noneOf(AccessMode.class);
        for (AccessMode mode : AccessMode.values()) {
            if ((mask & mode.bit()) != 0) {
                wanted.add(mode);
            }
        }
        fileSystem.access(exchange.caller(), nodes.key(exchange.node()), wanted);
        exchange.sendDone();
    }

    void readLink(Exchange exchange) throws IOException {
        byte[] target = fileSystem.readLink(nodes.key(exchange.node()));
        ByteBuffer out = exchange.answer();
        out.put(target);
        exchange.send();
    }

    void statistics(Exchange exchange) throws IOException {
        Replies.putStatistics(exchange.answer(), fileSystem.statistics());
        exchange.send();
    }

    void syncAll(Exchange exchange) throws IOException {
        fileSystem.syncAll();
        exchange.sendDone();
    }
}
