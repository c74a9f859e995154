package magma.dht.transport.netty;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import magma.dht.front.Numbering;
import magma.dht.front.Operation;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.TreeRequest;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.Statistics;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** A session at a vulcano in another process: each call is a request. All rules are the vulcano's. */
final class RemoteFileSystem implements FileSystem, Numbering {
    private final RemoteLink link;
    private final Key root;

    /** Whose calls these are; null for operations that are not numbered. */
    private final @Nullable Operation operation;

    RemoteFileSystem(RemoteLink link) throws FsException {
        this(link, link.firstConnection().welcome().root(), null);
    }

    private RemoteFileSystem(RemoteLink link, Key root, @Nullable Operation operation) {
        this.link = link;
        this.root = root;
        this.operation = operation;
    }

    @Override
    public FileSystem numbered(Operation next) {
        return new RemoteFileSystem(link, root, next);
    }

    private TreeRequest numbered(TreeRequest request) {
        Operation known = operation;
        return known == null || request.isLook()
                ? request
                : new TreeRequest.Numbered(known.slot(), known.sequence(), known.again(), request);
    }

    @Override
    public Key root() {
        return root;
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        return attributes(new TreeRequest.Lookup(caller, directory, name));
    }

    @Override
    public Key parent(Key directory) throws FsException {
        return link.call(new TreeRequest.Parent(directory), Reply.KeyOf.class).key();
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        return attributes(new TreeRequest.GetAttributes(flare));
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        RemoteOpenFile file = through == null ? null : RemoteOpenFile.of(through, link);
        try (Answer answer = link.call(connection -> numbered(new TreeRequest.SetAttributes(
                caller, flare, changes, file == null ? FileRequest.NO_HANDLE : file.handleOn(connection))))) {
            return answer.as(Reply.AttributesOf.class).attributes();
        }
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        done(new TreeRequest.Access(caller, flare, wanted));
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        Reply.CreatedFile created;
        ClientConnection[] by = new ClientConnection[1];
        TreeRequest request = numbered(new TreeRequest.Create(caller, directory, name, mode, exclusive, options));
        try (Answer answer = link.call(connection -> {
            by[0] = connection;
            return request;
        })) {
            created = answer.as(Reply.CreatedFile.class);
        }
        Key flare = created.attributes().key();
        OpenFile file = new RemoteOpenFile(link, flare, options, new RemoteHandle(by[0], created.handle()));
        return new Created(created.attributes(), file, created.isNew());
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        return attributes(new TreeRequest.MakeDirectory(caller, directory, name, mode));
    }

    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        return attributes(new TreeRequest.MakeNode(caller, directory, name, type, mode, device));
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        if (target.length > Limits.SYMLINK_BYTES) {
            throw new FsException(Errno.ENAMETOOLONG, "a target of " + target.length + " bytes");
        }
        return attributes(new TreeRequest.MakeSymlink(caller, directory, name, target));
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        return bytes(new TreeRequest.ReadLink(symlink));
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        return attributes(new TreeRequest.Link(caller, flare, directory, name));
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        done(new TreeRequest.Unlink(caller, directory, name));
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        done(new TreeRequest.RemoveDirectory(caller, directory, name));
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        done(new TreeRequest.Rename(caller, fromDirectory, from, toDirectory, to, mode));
    }

    @Override
    public OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        return new RemoteOpenFile(
                link, file, options, RemoteHandle.open(link, new FileRequest.OpenFile(caller, file, options)));
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        return new RemoteOpenDirectory(
                link, directory, RemoteHandle.open(link, new FileRequest.OpenDirectory(caller, directory)));
    }

    @Override
    public Statistics statistics() throws FsException {
        return link.call(new TreeRequest.GetStatistics(), Reply.StatisticsOf.class)
                .statistics();
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        return bytes(new TreeRequest.GetXattr(caller, flare, name));
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        if (value.length > Limits.XATTR_BYTES) {
            throw new FsException(Errno.E2BIG, "a value of " + value.length + " bytes");
        }
        done(new TreeRequest.SetXattr(caller, flare, name, value, mode));
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        return link.call(new TreeRequest.ListXattrs(caller, flare), Reply.Names.class)
                .names();
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        done(new TreeRequest.RemoveXattr(caller, flare, name));
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        return Optional.ofNullable(link.call(new TreeRequest.GetAcl(flare, kind), Reply.AclOf.class)
                .acl());
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        done(new TreeRequest.SetAcl(caller, flare, kind, acl));
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        try {
            ClientConnection connection = link.firstConnection();
            return new RemoteLock(connection, connection.send(new TreeRequest.TakeLock(file, lock, wait)));
        } catch (ContactLostException e) {
            return CompletableFuture.failedFuture(new FsException(Errno.ENOTCONN, "no contact with the vulcano", e));
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        done(new TreeRequest.ReleaseLock(file, family, owner, range));
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        return Optional.ofNullable(link.call(new TreeRequest.FindConflict(file, lock), Reply.Conflict.class)
                .lock());
    }

    @Override
    public void syncAll() throws FsException {
        done(new TreeRequest.SyncAll());
    }

    @Override
    public void close() {
        ClientConnection last = link.close();
        if (last != null) {
            try {
                last.call(new TreeRequest.EndSession()).close();
            } catch (ContactLostException e) {
                // The session has ended with its connection.
                org.slf4j.LoggerFactory.getLogger(RemoteFileSystem.class).debug("Ended without contact", e);
            }
            last.close();
        }
    }

    private Attributes attributes(TreeRequest request) throws FsException {
        return link.call(numbered(request), Reply.AttributesOf.class).attributes();
    }

    private void done(TreeRequest request) throws FsException {
        Reply.Done unused = link.call(numbered(request), Reply.Done.class);
    }

    private byte[] bytes(TreeRequest request) throws FsException {
        try (Answer answer = link.call(connection -> request)) {
            ByteBuffer content = answer.as(Reply.Content.class).bytes();
            byte[] bytes = new byte[content.remaining()];
            content.get(bytes);
            return bytes;
        }
    }
}
