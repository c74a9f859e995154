package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import magma.dht.front.Continuing;
import magma.dht.front.HomeSession;
import magma.dht.front.LockKeeping;
import magma.dht.front.Numbering;
import magma.dht.front.Operation;
import magma.dht.wire.Codecs;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.Reply;
import magma.dht.wire.TreeRequest;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** Runs the requests of one session against its filesystem, and keeps what the session has open. Called by many worker threads. */
final class SessionCalls {
    /** The most files and directories that one session may have open. */
    private static final int OPENS = 1 << 20;

    /** Entries of a page, at the most: with attributes the longest take 404 bytes each, so they fit a frame. */
    private static final int PAGE = 2_000;

    private static final Reply DONE = new Reply.Done();
    private static final int CONTENT_TYPE = Codecs.type(new Reply.Content(ByteBuffer.allocate(0)));

    private final FileSystem fileSystem;

    /** Where another vulcano asks for its client; what was opened there with permission is opened here without. Null for a client. */
    private final @Nullable HomeSession home;

    private final Entitlement entitlement;
    private final AtomicLong lastHandle = new AtomicLong();
    private final Map<Long, OpenFile> files = new ConcurrentHashMap<>();
    private final Map<Long, OpenDirectory> directories = new ConcurrentHashMap<>();

    /** @param entitlement what has been checked before a request comes here */
    SessionCalls(FileSystem fileSystem, Entitlement entitlement) {
        this(fileSystem, null, entitlement);
    }

    private SessionCalls(FileSystem fileSystem, @Nullable HomeSession home, Entitlement entitlement) {
        this.fileSystem = fileSystem;
        this.home = home;
        this.entitlement = entitlement;
    }

    /** Those that another vulcano passes on. */
    static SessionCalls relayed(FileSystem fileSystem, Entitlement entitlement) {
        return new SessionCalls(fileSystem, fileSystem instanceof HomeSession home ? home : null, entitlement);
    }

    /** The connection is over. A session of another vulcano can come again, and a client's may go on elsewhere; it ends when that says so. */
    void end() {
        if (home != null) {
            home.abort();
        } else if (fileSystem instanceof Continuing session) {
            session.abandon();
        } else {
            fileSystem.close();
        }
    }

    FileSystem fileSystem() {
        return fileSystem;
    }

    int opens() {
        return files.size() + directories.size();
    }

    Reply run(TreeRequest request) throws FsException {
        return request instanceof TreeRequest.Numbered n ? run(numbered(n), n.request()) : run(fileSystem, request);
    }

    /** Where operations cannot be numbered, one that is asked for again may be done twice. */
    private FileSystem numbered(TreeRequest.Numbered request) {
        return fileSystem instanceof Numbering session
                ? session.numbered(new Operation(request.slot(), request.sequence(), request.again()))
                : fileSystem;
    }

    private Reply run(FileSystem on, TreeRequest request) throws FsException {
        if (request instanceof TreeRequest.Look look) {
            return look(look);
        } else if (request instanceof TreeRequest.SetAttributes r) {
            OpenFile through = r.through() == FileRequest.NO_HANDLE ? null : file(r.through());
            return new Reply.AttributesOf(on.setAttributes(r.caller(), r.flare(), r.changes(), through));
        } else if (request instanceof TreeRequest.Create r) {
            return create(on, r);
        } else if (request instanceof TreeRequest.MakeDirectory r) {
            return new Reply.AttributesOf(on.makeDirectory(r.caller(), r.directory(), r.name(), r.mode()));
        } else if (request instanceof TreeRequest.MakeNode r) {
            return new Reply.AttributesOf(
                    on.makeNode(r.caller(), r.directory(), r.name(), r.type(), r.mode(), r.device()));
        } else if (request instanceof TreeRequest.MakeSymlink r) {
            return new Reply.AttributesOf(on.symlink(r.caller(), r.directory(), r.name(), r.target()));
        } else if (request instanceof TreeRequest.Link r) {
            return new Reply.AttributesOf(on.link(r.caller(), r.flare(), r.directory(), r.name()));
        } else if (request instanceof TreeRequest.Unlink r) {
            on.unlink(r.caller(), r.directory(), r.name());
        } else if (request instanceof TreeRequest.RemoveDirectory r) {
            on.removeDirectory(r.caller(), r.directory(), r.name());
        } else if (request instanceof TreeRequest.Rename r) {
            on.rename(r.caller(), r.fromDirectory(), r.from(), r.toDirectory(), r.to(), r.mode());
        } else if (request instanceof TreeRequest.SetXattr r) {
            on.setXattr(r.caller(), r.flare(), r.name(), r.value(), r.mode());
        } else if (request instanceof TreeRequest.RemoveXattr r) {
            on.removeXattr(r.caller(), r.flare(), r.name());
        } else if (request instanceof TreeRequest.SetAcl r) {
            on.setAcl(r.caller(), r.flare(), r.kind(), r.acl());
        } else if (request instanceof TreeRequest.ReleaseLock r) {
            on.unlock(r.file(), r.family(), r.owner(), r.range());
        } else if (request instanceof TreeRequest.SyncAll) {
            on.syncAll();
        } else {
            throw new FsException(Errno.EPROTO, "not a call of a filesystem: " + request.getClass());
        }
        return DONE;
    }

    private Reply look(TreeRequest.Look request) throws FsException {
        if (request instanceof TreeRequest.Lookup r) {
            return new Reply.AttributesOf(fileSystem.lookup(r.caller(), r.directory(), r.name()));
        } else if (request instanceof TreeRequest.GetAttributes r) {
            return new Reply.AttributesOf(fileSystem.getAttributes(r.flare()));
        } else if (request instanceof TreeRequest.Parent r) {
            return new Reply.KeyOf(fileSystem.parent(r.directory()));
        } else if (request instanceof TreeRequest.Access r) {
            fileSystem.access(r.caller(), r.flare(), r.wanted());
            return DONE;
        } else if (request instanceof TreeRequest.ReadLink r) {
            return new Reply.Content(ByteBuffer.wrap(fileSystem.readLink(r.symlink())));
        } else if (request instanceof TreeRequest.GetXattr r) {
            return new Reply.Content(ByteBuffer.wrap(fileSystem.getXattr(r.caller(), r.flare(), r.name())));
        } else if (request instanceof TreeRequest.ListXattrs r) {
            return names(fileSystem.listXattrs(r.caller(), r.flare()));
        } else if (request instanceof TreeRequest.GetAcl r) {
            return new Reply.AclOf(fileSystem.getAcl(r.flare(), r.kind()).orElse(null));
        } else if (request instanceof TreeRequest.FindConflict r) {
            return new Reply.Conflict(
                    fileSystem.findConflict(r.file(), r.lock()).orElse(null));
        } else if (request instanceof TreeRequest.HoldsLock r) {
            return new Reply.Amount(holds(r) ? 1 : 0);
        }
        return new Reply.StatisticsOf(fileSystem.statistics());
    }

    private boolean holds(TreeRequest.HoldsLock request) throws FsException {
        if (fileSystem instanceof LockKeeping session) {
            return session.holds(request.file(), request.lock());
        }
        throw new FsException(Errno.EOPNOTSUPP, "locks are not kept beyond contact here");
    }

    /** Names that would not fit a frame are more than listxattr(2) can give: it answers the same. */
    private static Reply names(List<XattrName> names) throws FsException {
        long bytes =
                names.stream().mapToLong(name -> 4L + 3L * name.text().length()).sum();
        if (bytes > Frame.CONTENT_BYTES) {
            throw new FsException(Errno.E2BIG, names.size() + " names of attributes do not fit a reply");
        }
        return new Reply.Names(names);
    }

    /** All but {@link #read}. */
    Reply run(FileRequest request) throws FsException {
        if (request instanceof FileRequest.OpenFile r) {
            return opened(fileSystem.open(r.caller(), r.file(), r.options()));
        } else if (request instanceof FileRequest.ReopenFile r) {
            return opened(
                    home != null
                            ? home.reopen(r.file(), r.options())
                            : again(r.file(), caller -> fileSystem.open(caller, r.file(), r.options())));
        } else if (request instanceof FileRequest.OpenDirectory r) {
            return opened(fileSystem.openDirectory(r.caller(), r.directory()));
        } else if (request instanceof FileRequest.ReopenDirectory r) {
            return opened(
                    home != null
                            ? home.reopenDirectory(r.directory())
                            : again(r.directory(), caller -> fileSystem.openDirectory(caller, r.directory())));
        } else if (request instanceof FileRequest.Write r) {
            return new Reply.Amount(file(r.handle()).write(writer(r), r.content(), r.offset()));
        } else if (request instanceof FileRequest.Append r) {
            return new Reply.Amount(file(r.handle()).append(writer(r), r.content()));
        } else if (request instanceof FileRequest.Seek r) {
            OpenFile file = file(r.handle());
            return new Reply.Amount(r.hole() ? file.seekHole(r.offset()) : file.seekData(r.offset()));
        } else if (request instanceof FileRequest.Copy r) {
            return new Reply.Amount(
                    file(r.handle()).copyRange(writer(r), r.offset(), file(r.toHandle()), r.toOffset(), r.length()));
        } else if (request instanceof FileRequest.ListEntries r) {
            int most = Math.min(Math.max(r.most(), 1), PAGE);
            return new Reply.Page(directory(r.handle()).list(r.cookie(), most, r.attributes()));
        } else if (request instanceof FileRequest.Flush r) {
            file(r.handle()).flush();
        } else if (request instanceof FileRequest.Sync r) {
            file(r.handle()).sync(r.attributes());
        } else if (request instanceof FileRequest.Allocate r) {
            file(r.handle()).allocate(writer(r), r.offset(), r.length(), r.keepSize());
        } else if (request instanceof FileRequest.Punch r) {
            file(r.handle()).punch(writer(r), r.offset(), r.length());
        } else if (request instanceof FileRequest.SyncDirectory r) {
            directory(r.handle()).sync();
        } else if (request instanceof FileRequest.Close r) {
            close(r.handle());
        } else {
            throw new FsException(Errno.EPROTO, "not a call of an open file: " + request.getClass());
        }
        return DONE;
    }

    private Caller writer(FileRequest request) {
        return entitlement.writer(Objects.requireNonNull(request.caller()));
    }

    private interface Opening<T> {
        T as(Caller caller) throws FsException;
    }

    /** Opens as the first of those who may. */
    private <T> T again(Key flare, Opening<T> opening) throws FsException {
        if (entitlement.isSuperuser()) {
            return opening.as(Caller.ROOT);
        }
        FsException refused = new FsException(Errno.EACCES, "this client may claim nobody");
        for (Caller caller :
                entitlement.reopeners(fileSystem.getAttributes(flare).uid())) {
            try {
                return opening.as(caller);
            } catch (FsException e) {
                refused = e;
            }
        }
        throw refused;
    }

    /** Reads straight into the frame of the reply, which the caller owns. */
    ByteBuf read(FileRequest.Read request, long id) throws FsException {
        if (request.length() < 1 || request.length() > Frame.CONTENT_BYTES) {
            throw new FsException(Errno.EINVAL, "a read of " + request.length() + " bytes");
        }
        OpenFile file = file(request.handle());
        int most = Frame.HEAD_BYTES + request.length();
        ByteBuf frame = PooledByteBufAllocator.DEFAULT.directBuffer(most, most);
        try {
            int read = file.read(frame.nioBuffer(Frame.HEAD_BYTES, request.length()), request.offset());
            Frame.writeHead(frame.nioBuffer(0, Frame.HEAD_BYTES), read, CONTENT_TYPE, id);
            return frame.writerIndex(Frame.HEAD_BYTES + read);
        } catch (FsException | RuntimeException e) {
            frame.release();
            throw e;
        }
    }

    private Reply create(FileSystem on, TreeRequest.Create r) throws FsException {
        FileSystem.Created created =
                on.create(r.caller(), r.directory(), r.name(), r.mode(), r.exclusive(), r.options());
        Reply.Opened opened = opened(created.file());
        return new Reply.CreatedFile(created.attributes(), opened.handle(), created.isNew());
    }

    private Reply.Opened opened(OpenFile file) throws FsException {
        if (opens() >= OPENS) {
            file.close();
            throw new FsException(Errno.ENFILE, "a session with " + OPENS + " open files");
        }
        long handle = lastHandle.incrementAndGet();
        files.put(handle, file);
        return new Reply.Opened(handle);
    }

    private Reply.Opened opened(OpenDirectory directory) throws FsException {
        if (opens() >= OPENS) {
            directory.close();
            throw new FsException(Errno.ENFILE, "a session with " + OPENS + " open files");
        }
        long handle = lastHandle.incrementAndGet();
        directories.put(handle, directory);
        return new Reply.Opened(handle);
    }

    private void close(long handle) throws FsException {
        OpenDirectory directory = directories.remove(handle);
        if (directory != null) {
            directory.close();
            return;
        }
        file(handle);
        OpenFile file = files.remove(handle);
        if (file != null) {
            file.close();
        }
    }

    private OpenFile file(long handle) throws FsException {
        return need(files.get(handle), handle);
    }

    private OpenDirectory directory(long handle) throws FsException {
        return need(directories.get(handle), handle);
    }

    private static <T> T need(@Nullable T open, long handle) throws FsException {
        if (open == null) {
            throw new FsException(Errno.EBADF, "nothing is open as " + handle);
        }
        return open;
    }
}
