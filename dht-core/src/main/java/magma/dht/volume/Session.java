package magma.dht.volume;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import magma.dht.front.HomeSession;
import magma.dht.front.Operation;
import magma.dht.namespace.ClientCall;
import magma.dht.namespace.Namespace;
import magma.dht.namespace.Namespace.Renamed;
import magma.dht.record.Flare;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
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

/**
 * One client's view of what this vulcano leads: passes each call to whoever knows, and tells the other sessions what changed. {@link OpenHandles}, {@link SessionLocks}
 * and {@link SessionAttributes} keep what it has. Calls that are about what is led elsewhere fail with EREMOTE.
 */
final class Session implements FileSystem, HomeSession {
    private final LavaVolume volume;
    private final SessionLife life;
    private final Namespace namespace;
    private final Contents contents;
    private final SessionAttributes attributes;

    Session(LavaVolume volume, SessionLife life) {
        this(volume, life, volume.namespace());
    }

    /** @param namespace by which what is changed is changed */
    private Session(LavaVolume volume, SessionLife life, Namespace namespace) {
        this.volume = volume;
        this.life = life;
        this.namespace = namespace;
        this.contents = volume.contents();
        this.attributes = new SessionAttributes(namespace, contents, life);
    }

    @Override
    public FileSystem plain() {
        return namespace == volume.namespace() ? this : new Session(volume, life);
    }

    @Override
    public FileSystem numbered(Operation operation) {
        ClientCall call = new ClientCall(id(), operation.slot(), operation.sequence(), operation.again());
        return new Session(volume, life, volume.namespace().under(call));
    }

    UUID id() {
        return life.id();
    }

    /** Whether what is in the slice is led where the client reaches the network. */
    private boolean isNear(Slice slice) {
        VulcanoId front = life.name().front();
        return front == null || volume.slices().isLedBy(front, slice);
    }

    LavaVolume volume() {
        return volume;
    }

    @Override
    public Key root() {
        return namespace.root();
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        demandHome(directory);
        return attributes.fresh(namespace.lookup(caller, directory, name));
    }

    @Override
    public Key parent(Key directory) throws FsException {
        demandHome(directory);
        return namespace.parent(directory);
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        demandHomeOf(flare);
        return attributes.get(flare);
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        demandHomeOf(flare);
        attributes.set(caller, flare, changes, through);
        tellFlare(flare, changes.size() != null);
        return namespace.attributes(flare);
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        demandHomeOf(flare);
        namespace.access(caller, flare, wanted);
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        demandHome(directory);
        while (true) {
            try {
                Attributes born = namespace.createFile(caller, directory, name, mode);
                tellEntry(directory, name);
                return new Created(born, openedIfHere(born.key(), options), true);
            } catch (FsException e) {
                if (e.errno() != Errno.EEXIST || exclusive) {
                    throw e;
                }
            }
            Attributes found;
            try {
                found = lookup(caller, directory, name);
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT) {
                    continue;
                }
                throw e;
            }
            demandOpenable(caller, found.key(), options);
            OpenFile file = openedIfHere(found.key(), options);
            if (options.contains(OpenOption.TRUNCATE) && file instanceof SessionFile here) {
                here.truncate(caller);
            }
            return new Created(found, file, false);
        }
    }

    /** The name is here, its file may be elsewhere: then nothing is opened. */
    private OpenFile openedIfHere(Key file, Set<OpenOption> options) throws FsException {
        try {
            return opened(file, options);
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                return new ElsewhereFile(file);
            }
            throw e;
        }
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        demandHome(directory);
        Attributes made = namespace.makeDirectory(caller, directory, name, mode, this::isNear);
        tellEntry(directory, name);
        return made;
    }

    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        demandHome(directory);
        Attributes made = namespace.makeNode(caller, directory, name, type, mode, device);
        tellEntry(directory, name);
        return made;
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        demandHome(directory);
        Attributes made = namespace.symlink(caller, directory, name, target);
        tellEntry(directory, name);
        return made;
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        demandHome(symlink);
        return namespace.readLink(symlink, volume.now());
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        demandHome(directory);
        boolean unused = contents.looks(flare, life);
        contents.flush(flare);
        Attributes linked = namespace.link(caller, flare, directory, name);
        tellEntry(directory, name);
        tellFlare(flare, false);
        return linked;
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        demandHome(directory);
        Key gone = namespace.unlink(caller, directory, name);
        tellEntry(directory, name);
        tellFlare(gone, false);
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        demandHome(directory);
        Key gone = namespace.removeDirectory(caller, directory, name);
        tellEntry(directory, name);
        tellFlare(gone, false);
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        demandHome(toDirectory);
        Renamed renamed = namespace.rename(caller, fromDirectory, from, toDirectory, to, mode);
        tellEntry(fromDirectory, from);
        tellEntry(toDirectory, to);
        tellFlare(renamed.moved(), false);
        if (renamed.other() != null) {
            tellFlare(renamed.other(), false);
        }
    }

    @Override
    public OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        demandHome(file);
        demandOpenable(caller, file, options);
        SessionFile opened = opened(file, options);
        if (options.contains(OpenOption.TRUNCATE)) {
            opened.truncate(caller);
        }
        return opened;
    }

    private void demandOpenable(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        FlareType type = namespace.flare(file).type();
        switch (type) {
            case FILE -> {}
            case DIRECTORY -> throw new FsException(Errno.EISDIR, file + " is a directory");
            case SYMLINK -> throw new FsException(Errno.ELOOP, file + " is a symlink");
            default -> throw new FsException(Errno.ENXIO, file + " is a " + type);
        }
        Set<AccessMode> wanted = EnumSet.noneOf(AccessMode.class);
        if (options.contains(OpenOption.READ)) {
            wanted.add(AccessMode.READ);
        }
        if (options.contains(OpenOption.EXECUTE)) {
            wanted.add(AccessMode.EXECUTE);
        }
        if (options.contains(OpenOption.WRITE) || options.contains(OpenOption.TRUNCATE)) {
            wanted.add(AccessMode.WRITE);
        }
        namespace.access(caller, file, wanted);
    }

    /** Only now may the session come to know something of the content: whether it may be opened says nothing of that. */
    private SessionFile opened(Key file, Set<OpenOption> options) throws FsException {
        boolean unused = contents.looks(file, life);
        SessionFile opened = new SessionFile(this, contents.acquire(file, id()), options);
        remember(opened);
        return opened;
    }

    @Override
    public OpenFile reopen(Key file, Set<OpenOption> options) throws FsException {
        demandHome(file);
        return opened(file, options);
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        demandHome(directory);
        demandDirectory(directory, namespace.flare(directory));
        namespace.access(caller, directory, EnumSet.of(AccessMode.READ));
        return openedDirectory(directory);
    }

    @Override
    public OpenDirectory reopenDirectory(Key directory) throws FsException {
        demandHome(directory);
        demandDirectory(directory, namespace.flare(directory));
        return openedDirectory(directory);
    }

    private static void demandDirectory(Key directory, Flare flare) throws FsException {
        if (!flare.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, directory + " is a " + flare.type());
        }
    }

    private SessionDirectory openedDirectory(Key directory) throws FsException {
        Term term = Term.of(volume.slices(), directory);
        Object unused = namespace.hold(directory, id(), term.number());
        SessionDirectory opened = new SessionDirectory(this, new SessionHandle.HeldOpen(directory, id(), term));
        remember(opened);
        return opened;
    }

    private void remember(SessionHandle handle) throws FsException {
        life.handles().add(handle);
        if (isOver()) {
            handle.end();
            demandOpen();
        }
    }

    void forget(SessionHandle handle) {
        life.handles().remove(handle);
    }

    /** Entries with what waits to be stored of their flares taken into account. */
    OpenDirectory.Page list(Key directory, long cookie, int most, boolean withAttributes) throws FsException {
        OpenDirectory.Page page = namespace.list(directory, cookie, most, withAttributes);
        return withAttributes ? attributes.fresh(page) : page;
    }

    @Override
    public Statistics statistics() throws FsException {
        demandOpen();
        return volume.statistics();
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        demandHomeOf(flare);
        attributes.settleCapability(flare, name);
        return namespace.getXattr(caller, flare, name).clone();
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        demandHomeOf(flare);
        attributes.settleCapability(flare, name);
        namespace.setXattr(caller, flare, name, value.clone(), mode);
        if (name.equals(XattrName.CAPABILITY)) {
            contents.capabilityGiven(flare);
        }
        tellFlare(flare, false);
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        demandHomeOf(flare);
        attributes.settleCapability(flare, XattrName.CAPABILITY);
        return namespace.listXattrs(caller, flare);
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        demandHomeOf(flare);
        attributes.settleCapability(flare, name);
        namespace.removeXattr(caller, flare, name);
        tellFlare(flare, false);
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        demandHomeOf(flare);
        return namespace.getAcl(flare, kind);
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        demandHomeOf(flare);
        namespace.setAcl(caller, flare, kind, acl);
        tellFlare(flare, false);
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        try {
            demandHome(file);
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
        return life.locks().take(file, lock, wait);
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        demandHome(file);
        try {
            contents.flush(file);
        } finally {
            life.locks().release(file, family, owner, range);
        }
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        demandHome(file);
        return life.locks().conflict(file, lock);
    }

    @Override
    public boolean holds(Key file, Lock lock) throws FsException {
        demandHome(file);
        return life.locks().holds(file, lock);
    }

    @Override
    public void syncAll() throws FsException {
        demandOpen();
        volume.syncAll();
    }

    @Override
    public boolean isOver() {
        return life.isOver();
    }

    /** Contact with the client is lost. */
    @Override
    public void abort() {
        life.lost();
    }

    @Override
    public void close() {
        life.end();
    }

    void demandOpen() throws FsException {
        life.demandOpen();
    }

    private void demandHome(Key key) throws FsException {
        demandOpen();
        Object unused = Term.of(volume.slices(), key);
    }

    /** The session is about to learn something of the flare, or to change it. */
    private void demandHomeOf(Key flare) throws FsException {
        demandHome(flare);
        boolean unused = contents.looks(flare, life);
    }

    /** The same, of a file that it has open. */
    void looks(FileContent content) {
        boolean unused = content.onlookers().looks(life);
    }

    void tellWritten(FileContent content) {
        volume.tellWritten(id(), content);
    }

    void tellFlare(Key flare, boolean content) {
        volume.tell(id(), new Change.OfFlare(flare, content));
    }

    private void tellEntry(Key directory, Name name) {
        volume.tell(id(), new Change.OfEntry(directory, name));
        tellFlare(directory, false);
    }
}
