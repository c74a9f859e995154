package magma.testkit.fs;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import magma.dht.lock.LockTable.Decided;
import magma.dht.lock.LockTable.Holder;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.Statistics;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** A session of a {@link MemoryVolume}: what it has open, and the doors to {@link Names}, {@link Renaming} and the rest. */
final class MemorySession implements FileSystem {
    private final MemoryVolume volume;
    private final UUID id;
    private final String client;
    private final Listening listening;
    private final Tree tree;
    private final Names names;
    private final Renaming renaming;
    private final AttributeSetting setting;
    private final Xattrs xattrs;
    private final Set<AutoCloseable> open = new HashSet<>();
    private boolean closed;

    MemorySession(MemoryVolume volume, long id, String client, ChangeListener listener) {
        this.volume = volume;
        this.id = new UUID(0, id);
        this.client = client;
        listening = new Listening(client, listener);
        tree = volume.tree();
        names = new Names(tree);
        renaming = new Renaming(tree, names);
        setting = new AttributeSetting(tree);
        xattrs = new Xattrs(tree);
    }

    MemoryVolume volume() {
        return volume;
    }

    /** Under the volume's lock. */
    boolean isClosed() {
        return closed;
    }

    CompletableFuture<Void> tell(List<Change> changes) {
        try {
            return listening.tell(changes);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(null); // The session has just ended: it need not hear.
        }
    }

    @Override
    public Key root() {
        return tree.root().key;
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        return volume.with(this, () -> names.lookup(caller, directory, name));
    }

    @Override
    public Key parent(Key directory) throws FsException {
        return volume.with(this, () -> names.parent(directory));
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        return volume.with(this, () -> tree.flare(flare).attributes());
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        return volume.with(this, () -> setting.set(caller, flare, changes, through));
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        run(() -> setting.access(caller, flare, wanted));
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        return volume.with(this, () -> {
            Flare parent = tree.directory(directory);
            tree.check(caller, parent, Tree.SEARCH);
            Flare standing = parent.entries().get(name);
            if (standing == null || exclusive) {
                Flare flare = names.add(caller, names.vacancy(caller, directory, name), name, FlareType.FILE, mode, 0);
                OpenFile file = hold(flare, options);
                return new Created(flare.attributes(), file, true);
            }
            OpenFile file = openHere(caller, standing, options);
            return new Created(standing.attributes(), file, false);
        });
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        return volume.with(this, () -> names.makeDirectory(caller, directory, name, mode));
    }

    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        return volume.with(this, () -> names.makeNode(caller, directory, name, type, mode, device));
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        return volume.with(this, () -> names.symlink(caller, directory, name, target));
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        return volume.with(this, () -> names.readLink(symlink));
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        return volume.with(this, () -> names.link(caller, flare, directory, name));
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        run(() -> names.unlink(caller, directory, name));
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        run(() -> names.removeDirectory(caller, directory, name));
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        run(() -> renaming.rename(caller, fromDirectory, from, toDirectory, to, mode));
    }

    @Override
    public OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        return volume.with(this, () -> openHere(caller, tree.flare(file), options));
    }

    private OpenFile openHere(Caller caller, Flare flare, Set<OpenOption> options) throws FsException {
        switch (flare.type) {
            case FILE -> {}
            case DIRECTORY -> throw new FsException(Errno.EISDIR, "a directory is not opened as a file");
            case SYMLINK -> throw new FsException(Errno.ELOOP, "a symlink is not opened");
            default -> throw new FsException(Errno.ENXIO, "a " + flare.type + " has no content here");
        }
        boolean truncate = options.contains(OpenOption.TRUNCATE);
        int wanted = options.contains(OpenOption.READ) ? Tree.READ : 0;
        wanted |= options.contains(OpenOption.EXECUTE) ? Tree.SEARCH : 0;
        wanted |= truncate || options.contains(OpenOption.WRITE) ? Tree.WRITE : 0;
        tree.check(caller, flare, wanted);
        if (truncate) {
            setting.set(caller, flare.key, AttributeChanges.size(0), null);
        }
        return hold(flare, options);
    }

    private OpenFile hold(Flare flare, Set<OpenOption> options) {
        MemoryFile file = new MemoryFile(this, flare, options);
        open.add(file);
        return file;
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        return volume.with(this, () -> {
            Flare flare = tree.directory(directory);
            tree.check(caller, flare, Tree.READ);
            MemoryDirectory opened = new MemoryDirectory(this, flare);
            open.add(opened);
            return opened;
        });
    }

    /** Under the volume's lock: {@code closeable} is closed. */
    void closed(AutoCloseable closeable) {
        open.remove(closeable);
    }

    /** Under the volume's lock: one that held the flare open lets go. */
    void letGo(Flare flare) {
        flare.opens--;
        tree.reap(flare);
    }

    @Override
    public Statistics statistics() throws FsException {
        return volume.with(this, tree::statistics);
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        return volume.with(this, () -> xattrs.get(caller, flare, name));
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        run(() -> xattrs.set(caller, flare, name, value, mode));
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        return volume.with(this, () -> xattrs.list(caller, flare));
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        run(() -> xattrs.remove(caller, flare, name));
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        return volume.with(this, () -> setting.getAcl(flare, kind));
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        run(() -> setting.setAcl(caller, flare, kind, acl));
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        PendingLock pending = new PendingLock(volume);
        try {
            tell(volume.with(
                    this,
                    () -> volume.locks()
                            .request(tree.flare(file).key, new Holder(id, lock.owner()), lock, wait, pending)));
        } catch (FsException e) {
            pending.completeExceptionally(e);
        }
        return pending;
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        tell(volume.with(this, () -> volume.locks().release(file, family, new Holder(id, owner), range)));
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        return volume.with(
                this, () -> volume.locks().conflict(tree.flare(file).key, new Holder(id, lock.owner()), lock));
    }

    /** To be called without the volume's lock: whoever waits goes on in this thread. */
    private static void tell(Decided<PendingLock> decided) {
        decided.refused()
                .forEach((pending, errno) ->
                        pending.completeExceptionally(new FsException(errno, "another owner's lock is in the way")));
        decided.granted().forEach(pending -> pending.complete(null));
    }

    @Override
    public void syncAll() throws FsException {
        run(() -> {});
    }

    @Override
    public void close() {
        List<Decided<PendingLock>> decided = new ArrayList<>();
        List<PendingLock> abandoned = new ArrayList<>();
        volume.alone(() -> {
            if (closed) {
                return;
            }
            closed = true;
            for (AutoCloseable closeable : List.copyOf(open)) {
                closeHere(closeable);
            }
            decided.add(volume.locks().releaseAll(id, abandoned));
        });
        volume.ended(this);
        listening.close();
        abandoned.forEach(pending -> pending.completeExceptionally(
                new FsException(Errno.ENOTCONN, "the session of " + client + " is closed")));
        decided.forEach(MemorySession::tell);
    }

    private static void closeHere(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing in memory cannot fail", e);
        }
    }

    @Override
    public String toString() {
        return client;
    }

    /** What is done for its effect alone. */
    @FunctionalInterface
    private interface Act {
        void run() throws FsException;
    }

    private void run(Act act) throws FsException {
        volume.with(this, () -> {
            act.run();
            return true;
        });
    }
}
