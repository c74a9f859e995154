package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.OpenFlags;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Replies.Opened;
import magma.fuse.protocol.Requests;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Requests about open files. */
final class FileHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(FileHandlers.class);

    /** Stands for whoever may not keep set-user-id; only that is asked of a writer. */
    private static final Caller UNPRIVILEGED = Caller.of(65534, 65534, Set.of(), 0);

    /** The most that one copy request moves, so that it does not hold a thread for long. */
    private static final long MOST_COPIED = 64 << 20;

    private final MountState state;
    private final LockHandlers locks;
    private final FileSystem fileSystem;

    FileHandlers(MountState state, LockHandlers locks) {
        this.state = state;
        this.locks = locks;
        this.fileSystem = state.fileSystem;
    }

    void open(Exchange exchange) throws IOException, MalformedMessageException {
        int flags = Requests.Open.read(exchange.body()).flags();
        Key key = state.nodes.key(exchange.node());
        OpenFile file = fileSystem.open(exchange.caller(), key, options(flags));
        if ((flags & OpenFlags.TRUNCATE) != 0) {
            state.noteWritten(exchange.node());
        }
        long handle = state.files.add(new MountState.OpenNode(file, key, exchange.node()));
        Replies.putOpen(exchange.answer(), handle, opened(exchange.node(), flags));
        if (!exchange.send()) {
            close(handle);
        }
    }

    private static Set<OpenOption> options(int flags) {
        EnumSet<OpenOption> options = EnumSet.noneOf(OpenOption.class);
        if ((flags & OpenFlags.EXECUTE) != 0) {
            // Only the kernel can ask for it, and it reads the program for those who may run it and not read it.
            options.add(OpenOption.EXECUTE);
            return options;
        }
        int mode = flags & OpenFlags.ACCESS_MODE;
        if (mode == OpenFlags.READ_ONLY || mode == OpenFlags.READ_WRITE) {
            options.add(OpenOption.READ);
        }
        if (mode == OpenFlags.WRITE_ONLY || mode == OpenFlags.READ_WRITE) {
            options.add(OpenOption.WRITE);
        }
        if ((flags & OpenFlags.TRUNCATE) != 0) {
            options.add(OpenOption.TRUNCATE);
        }
        if ((flags & OpenFlags.DATA_SYNC) != 0) {
            options.add(OpenOption.SYNC);
        }
        return options;
    }

    /** What the kernel may do with its pages of the file. */
    private int opened(long node, int flags) {
        if ((flags & OpenFlags.DIRECT) != 0 && state.keepsDirectIo()) {
            return Opened.DIRECT_IO | Opened.PARALLEL_DIRECT_WRITES | Opened.KEEP_CACHE;
        }
        if (isAppendedWhole(flags)) {
            return Opened.DIRECT_IO | Opened.KEEP_CACHE;
        }
        // Where not every change is heard of, the kernel itself compares mtime (AUTO_INVAL_DATA).
        return state.nodes.takeChanged(node) ? 0 : Opened.KEEP_CACHE;
    }

    /**
     * Through its pages the kernel makes two requests of a write that begins within a page that it has not, one up to the page's end: what another mount appends could come between them. So what is opened to
     * append passes the pages by, but where it might be mapped and the kernel would refuse that then.
     */
    private boolean isAppendedWhole(int flags) {
        return (flags & OpenFlags.APPEND) != 0
                && (state.keepsDirectIo() || (flags & OpenFlags.ACCESS_MODE) == OpenFlags.WRITE_ONLY);
    }

    void create(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Create request = Requests.Create.read(exchange.body());
        MountState.Place place = state.place(exchange, Name.of(request.name()));
        FileSystem.Created created = fileSystem.create(
                exchange.caller(request.umask()),
                place.directory(),
                place.name(),
                request.mode() & Attributes.MODE_MASK,
                (request.flags() & OpenFlags.EXCLUSIVE) != 0,
                options(request.flags()));
        Attributes attributes = created.attributes();
        long node = state.nodes.acquire(attributes.key());
        long handle = state.files.add(new MountState.OpenNode(created.file(), attributes.key(), node));
        if (created.isNew() && state.isExact()) {
            state.invalidations.withoutCapability(attributes.key(), node, place.since());
        }
        ByteBuffer out = exchange.answer();
        state.putEntry(out, node, attributes);
        Replies.putOpen(out, handle, opened(node, request.flags()));
        if (!exchange.send()) {
            state.nodes.forget(node, 1);
            close(handle);
            return;
        }
        state.invalidations.sentFlare(attributes.key(), node, place.since());
        state.invalidations.sentEntry(place.directory(), exchange.node(), place.name(), place.since());
    }

    void read(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Read request = Requests.Read.read(exchange.body());
        if (request.size() > Exchange.MAX_CONTENT) {
            throw new MalformedMessageException("a read of " + request.size() + " bytes");
        }
        OpenFile file = state.files.get(request.handle()).file();
        ByteBuffer out = exchange.answer();
        out.limit(Replies.HEADER_BYTES + request.size());
        int count = file.read(out, request.offset());
        out.position(Replies.HEADER_BYTES + count);
        exchange.send();
    }

    void write(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Write request = Requests.Write.read(exchange.body());
        MountState.OpenNode open = state.files.get(request.handle());
        ByteBuffer data = exchange.body().data(request.size());
        Caller caller = writer(exchange, request);
        boolean fromCache = request.has(Requests.Write.CACHE);
        int count = request.size();
        if ((request.flags() & OpenFlags.APPEND) != 0 && !fromCache) {
            long unused = open.file().append(caller, data);
            // Pages that others read meanwhile end before these bytes; and they may be elsewhere than where the kernel
            // believes.
            state.invalidations.forgetContent(open.node());
        } else {
            count = open.file().write(caller, data, request.offset());
        }
        if (caller.uid() != 0) {
            state.noteWritten(open.node());
        }
        Replies.putCount(exchange.answer(), count);
        exchange.send();
    }

    private Caller writer(Exchange exchange, Requests.Write request) {
        if (request.has(Requests.Write.CACHE)) {
            return Caller.ROOT;
        }
        if (state.kernelDecidesPrivilege()) {
            return request.has(Requests.Write.KILL_PRIVILEGE) ? UNPRIVILEGED : Caller.ROOT;
        }
        return exchange.caller();
    }

    void flush(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Flush request = Requests.Flush.read(exchange.body());
        MountState.OpenNode open = state.files.get(request.handle());
        locks.releasePosix(open.key(), request.lockOwner());
        open.file().flush();
        exchange.sendDone();
    }

    void release(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Release request = Requests.Release.read(exchange.body());
        MountState.OpenNode open = state.files.remove(request.handle());
        try (OpenFile file = open.file()) {
            if ((request.releaseFlags() & Requests.Release.FLOCK_UNLOCK) != 0) {
                locks.releaseFlock(file.flare(), request.lockOwner());
            }
        }
        exchange.sendDone();
    }

    private void close(long handle) {
        try {
            state.files.remove(handle).file().close();
        } catch (FsException e) {
            LOG.warn("A file that was opened for a process that is gone could not be closed", e);
        }
    }

    void sync(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Sync request = Requests.Sync.read(exchange.body());
        state.files.get(request.handle()).file().sync(!request.dataOnly());
        exchange.sendDone();
    }

    void allocate(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Allocate request = Requests.Allocate.read(exchange.body());
        MountState.OpenNode open = state.files.get(request.handle());
        OpenFile file = open.file();
        Caller caller = exchange.caller();
        boolean keepSize = (request.mode() & Requests.Allocate.KEEP_SIZE) != 0;
        switch (request.mode() & ~Requests.Allocate.KEEP_SIZE) {
            case 0 -> file.allocate(caller, request.offset(), request.length(), keepSize);
            case Requests.Allocate.PUNCH_HOLE -> file.punch(caller, request.offset(), request.length());
            case Requests.Allocate.ZERO_RANGE -> {
                file.punch(caller, request.offset(), request.length());
                file.allocate(caller, request.offset(), request.length(), keepSize);
            }
            default -> throw new FsException(Errno.EOPNOTSUPP, "fallocate with the mode " + request.mode());
        }
        state.noteWritten(open.node());
        exchange.sendDone();
    }

    void seek(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.Seek request = Requests.Seek.read(exchange.body());
        OpenFile file = state.files.get(request.handle()).file();
        long found = switch (request.whence()) {
            case Requests.Seek.DATA -> file.seekData(request.offset());
            case Requests.Seek.HOLE -> file.seekHole(request.offset());
            default -> throw new FsException(Errno.EINVAL, "a seek from " + request.whence());
        };
        Replies.putLong(exchange.answer(), found);
        exchange.send();
    }

    void copyRange(Exchange exchange) throws IOException, MalformedMessageException {
        Replies.putCount(exchange.answer(), (int) copy(exchange));
        exchange.send();
    }

    void copyLongRange(Exchange exchange) throws IOException, MalformedMessageException {
        Replies.putLong(exchange.answer(), copy(exchange));
        exchange.send();
    }

    private long copy(Exchange exchange) throws FsException, MalformedMessageException {
        Requests.CopyRange request = Requests.CopyRange.read(exchange.body());
        OpenFile from = state.files.get(request.handle()).file();
        MountState.OpenNode to = state.files.get(request.toHandle());
        long length = Math.min(MOST_COPIED, request.length());
        long copied = from.copyRange(exchange.caller(), request.offset(), to.file(), request.toOffset(), length);
        state.noteWritten(to.node());
        return copied;
    }
}
