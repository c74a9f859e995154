package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import magma.fs.Attributes;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fuse.protocol.Negotiation;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Validity;

/** What the handlers of one mount share. Safe for use by many threads. */
final class MountState {
    /**
     * How long entries may be believed where the kernel has no way to be told to forget all of them: as long as a lease, so
     * that what was missed while contact was lost is not believed for longer.
     */
    private static final Duration ENTRIES_WITHOUT_EPOCH = Duration.ofSeconds(5);

    private static final int SET_IDS = 06000;

    final FileSystem fileSystem;
    final NodeTable nodes;
    final Invalidations invalidations;
    final FuseSettings settings;
    final HandleTable<OpenNode> files = new HandleTable<>();
    final HandleTable<OpenListing> directories = new HandleTable<>();

    private volatile Validity validity;
    private volatile boolean keepsDirectIo;
    private volatile boolean kernelDecidesPrivilege;

    /** A file that the kernel holds open. */
    record OpenNode(OpenFile file, Key key, long node) {}

    MountState(FileSystem fileSystem, NodeTable nodes, Invalidations invalidations, FuseSettings settings) {
        this.fileSystem = fileSystem;
        this.nodes = nodes;
        this.invalidations = invalidations;
        this.settings = settings;
        this.validity = settings.coherence().validity();
    }

    void negotiated(Negotiation kernel, long flags) {
        invalidations.negotiated(kernel);
        if (!kernel.hasEpoch()) {
            validity = validity.withEntryAtMost(ENTRIES_WITHOUT_EPOCH);
        }
        keepsDirectIo = (flags & Negotiation.DIRECT_IO_ALLOW_MMAP) != 0;
        kernelDecidesPrivilege = (flags & Negotiation.HANDLE_KILLPRIV_V2) != 0;
    }

    Validity validity() {
        return validity;
    }

    boolean isExact() {
        return settings.coherence().exact();
    }

    /** Whether files opened with O_DIRECT can bypass the page cache and be mapped and read through it elsewhere. */
    boolean keepsDirectIo() {
        return keepsDirectIo;
    }

    /** Whether each write says if set-user-id and set-group-id shall go. */
    boolean kernelDecidesPrivilege() {
        return kernelDecidesPrivilege;
    }

    /** Answers with where {@code name} leads. */
    void sendEntry(Exchange exchange, Place place, Attributes attributes) throws IOException {
        long node = nodes.acquire(attributes.key());
        putEntry(exchange.answer(), node, attributes);
        sendAcquired(exchange, place, node, attributes.key());
    }

    /** Appends what the kernel shall know of {@code node}. */
    void putEntry(ByteBuffer out, long node, Attributes attributes) {
        noteMode(node, attributes);
        Replies.putEntry(out, node, validity, attributes);
    }

    private void noteMode(long node, Attributes attributes) {
        if ((attributes.mode() & SET_IDS) != 0 && attributes.type() == FlareType.FILE) {
            nodes.markPrivileged(node);
        }
    }

    /**
     * To be called when a file was written to. The kernel leaves it to us to drop set-user-id and set-group-id, but goes on
     * showing them until it is told.
     */
    void noteWritten(long node) {
        if (nodes.takePrivileged(node)) {
            invalidations.forgetAttributes(node);
        }
    }

    /** Sends an answer that tells the kernel of {@code node} once. */
    void sendAcquired(Exchange exchange, Place place, long node, Key key) throws IOException {
        if (!exchange.send()) {
            nodes.forget(node, 1);
            return;
        }
        invalidations.sentFlare(key, node, place.since());
        invalidations.sentEntry(place.directory(), exchange.node(), place.name(), place.since());
    }

    /** Answers with the attributes of the node that was asked about. */
    void sendAttributes(Exchange exchange, Attributes attributes, long since) throws IOException {
        noteMode(exchange.node(), attributes);
        Replies.putAttributesReply(exchange.answer(), validity, attributes);
        exchange.send();
        invalidations.sentFlare(attributes.key(), exchange.node(), since);
    }

    /** An entry that a request speaks of, and the moment before the volume was asked. */
    record Place(Key directory, Name name, long since) {}

    /** The entry {@code name} of the directory that the request is about. */
    Place place(Exchange exchange, Name name) throws IOException {
        return new Place(nodes.key(exchange.node()), name, invalidations.now());
    }
}
