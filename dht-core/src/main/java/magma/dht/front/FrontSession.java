package magma.dht.front;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import magma.dht.replication.VulcanoId;
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
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.Statistics;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client's session: each call goes to the home of the flare that it is about; calls about a name go to that of the directory. */
final class FrontSession implements FileSystem, Numbering, Continuing {
    private static final Logger log = LoggerFactory.getLogger(FrontSession.class);

    private final Key root;
    private final SessionHomes homes;
    private final FrontCalls calls;
    private final Place place;
    private final Executor background;
    private final Closings closings;
    private final Consumer<FrontSession> ended;
    private final FrontContent content;
    private final Set<FrontFile> files;
    private final Set<FrontDirectory> directories;
    private final AtomicBoolean closed;

    /** Where a session is kept. */
    enum Place {
        /** By the client itself, which goes on with any vulcano. */
        CLIENT,
        /** By a vulcano, for a client in its own process: they end together. */
        PROCESS,
        /** By a vulcano, for a client that can go on elsewhere. */
        VULCANO
    }

    FrontSession(Key root, FrontCalls calls, Executor background, Place place, Consumer<FrontSession> ended) {
        this.root = root;
        this.homes = calls.homes();
        this.calls = calls;
        this.place = place;
        this.background = background;
        this.closings = new Closings(background);
        this.ended = ended;
        this.content = new FrontContent();
        this.files = ConcurrentHashMap.newKeySet();
        this.directories = ConcurrentHashMap.newKeySet();
        this.closed = new AtomicBoolean();
    }

    private FrontSession(FrontSession whole, FrontCalls calls) {
        this.root = whole.root;
        this.homes = whole.homes;
        this.calls = calls;
        this.place = whole.place;
        this.background = whole.background;
        this.closings = whole.closings;
        this.ended = whole.ended;
        this.content = whole.content;
        this.files = whole.files;
        this.directories = whole.directories;
        this.closed = whole.closed;
    }

    @Override
    public FileSystem numbered(Operation operation) {
        return new FrontSession(this, calls.with(operation));
    }

    FrontCalls calls() {
        return calls;
    }

    FrontContent content() {
        return content;
    }

    SessionHomes homes() {
        return homes;
    }

    /**
     * Whether who closes a file need not wait until that is stored. Not so at a vulcano that serves a client: the client takes what is closed there for stored, and forgets it.
     */
    boolean closesBehind() {
        return place != Place.VULCANO && !closed.get();
    }

    Closings closings() {
        return closings;
    }

    /** Where a file has a new home that does not know yet what was written here, it is told first. @return whether that was so */
    private boolean catchUp(Key file) {
        boolean told = false;
        for (FrontFile writer : content.writers(file)) {
            try {
                told |= writer.moved();
            } catch (FsException e) {
                log.debug("{} is not open at its new home yet", file, e);
            }
        }
        return told;
    }

    /** How many files and directories are open. */
    int opens() {
        return files.size() + directories.size();
    }

    @Override
    public Key root() {
        return root;
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        demandOpen();
        Attributes found = calls.look(directory, home -> home.lookup(caller, directory, name));
        return catchUp(found.key()) ? atHome(found) : fresh(directory, found);
    }

    /** A file whose home is not that of the directory has its latest size there. */
    private Attributes fresh(Key directory, Attributes found) throws FsException {
        VulcanoId home = calls.home(found.key());
        boolean same = home == null || home.equals(calls.home(directory));
        return found.type() != FlareType.FILE || same ? found : atHome(found);
    }

    /** The attributes as the flare's home has them; as known where it has gone meanwhile. */
    Attributes atHome(Attributes known) throws FsException {
        try {
            return getAttributes(known.key());
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return known;
            }
            throw e;
        }
    }

    @Override
    public Key parent(Key directory) throws FsException {
        demandOpen();
        return calls.look(directory, home -> home.parent(directory));
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        demandOpen();
        catchUp(flare);
        return calls.look(flare, home -> home.getAttributes(flare));
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        demandOpen();
        if (through != null) {
            return own(through).setAttributes(caller, changes);
        }
        catchUp(flare);
        long mark = content.mark(flare);
        Attributes changed = calls.change(flare, home -> home.setAttributes(caller, flare, changes, null));
        if (changes.size() != null) {
            content.stored(flare, mark);
        }
        return changed;
    }

    private static FrontFile own(OpenFile file) throws FsException {
        if (file instanceof FrontFile own) {
            return own;
        }
        throw new FsException(Errno.EXDEV, "an open file of another session");
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        demandOpen();
        boolean unused = calls.look(flare, home -> {
            home.access(caller, flare, wanted);
            return true;
        });
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        demandOpen();
        HomeSession[] at = new HomeSession[1];
        Set<OpenOption> uncut = EnumSet.noneOf(OpenOption.class);
        uncut.addAll(options);
        uncut.remove(OpenOption.TRUNCATE);
        Created created = calls.change(directory, (home, numbered) -> {
            at[0] = home;
            return numbered.create(caller, directory, name, mode, exclusive, uncut);
        });
        Key flare = created.attributes().key();
        boolean isHere =
                calls.home(flare) == null || java.util.Objects.equals(calls.home(flare), calls.home(directory));
        if (!created.isNew() && !(isHere && uncut.size() == options.size())) {
            return reopened(caller, created, options);
        }
        FrontFile file;
        if (isHere) {
            file = remember(new FrontFile(this, flare, options, at[0], created.file()));
        } else {
            // It was born in another slice of the directory's window.
            file = remember(new FrontFile(this, flare, options, null, null));
            boolean unused = file.moved();
            created.file().close();
        }
        return new Created(created.attributes(), file, created.isNew());
    }

    /** The file was there before: it is opened, and cut, at its own home, and as everybody's. */
    private Created reopened(Caller caller, Created found, Set<OpenOption> options) throws FsException {
        FrontFile.closeAt(found.file());
        Key flare = found.attributes().key();
        OpenFile file = open(caller, flare, options);
        return new Created(atHome(found.attributes()), file, false);
    }

    private FrontFile remember(FrontFile file) throws FsException {
        files.add(file);
        if (closed.get()) {
            file.close();
            throw new FsException(Errno.ENOTCONN, "the session is closed");
        }
        return file;
    }

    void forget(FrontFile file) {
        files.remove(file);
    }

    void forget(FrontDirectory directory) {
        directories.remove(directory);
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        demandOpen();
        return calls.change(directory, home -> home.makeDirectory(caller, directory, name, mode));
    }

    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        demandOpen();
        return calls.change(directory, home -> home.makeNode(caller, directory, name, type, mode, device));
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        demandOpen();
        return calls.change(directory, home -> home.symlink(caller, directory, name, target));
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        demandOpen();
        return calls.look(symlink, home -> home.readLink(symlink));
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        demandOpen();
        Attributes linked = calls.change(directory, home -> home.link(caller, flare, directory, name));
        return fresh(directory, linked);
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        demandOpen();
        closings.removing();
        change(directory, home -> home.unlink(caller, directory, name));
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        demandOpen();
        change(directory, home -> home.removeDirectory(caller, directory, name));
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        demandOpen();
        closings.removing();
        change(toDirectory, home -> home.rename(caller, fromDirectory, from, toDirectory, to, mode));
    }

    private interface Step {
        void on(FileSystem home) throws FsException;
    }

    private void change(Key key, Step step) throws FsException {
        boolean unused = calls.change(key, home -> {
            step.on(home);
            return true;
        });
    }

    @Override
    public OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        demandOpen();
        catchUp(file);
        long mark = content.mark(file);
        FrontFile opened = calls.at(
                file,
                home -> new FrontFile(this, file, options, home, home.plain().open(caller, file, options)));
        if (options.contains(OpenOption.TRUNCATE)) {
            content.stored(file, mark);
            calls.othersHear();
        }
        return remember(opened);
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        demandOpen();
        FrontDirectory opened = calls.at(
                directory,
                home -> new FrontDirectory(this, directory, home, home.plain().openDirectory(caller, directory)));
        directories.add(opened);
        if (closed.get()) {
            opened.close();
            throw new FsException(Errno.ENOTCONN, "the session is closed");
        }
        return opened;
    }

    @Override
    public Statistics statistics() throws FsException {
        demandOpen();
        return calls.look(root, FileSystem::statistics);
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        demandOpen();
        return calls.look(flare, home -> home.getXattr(caller, flare, name));
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        demandOpen();
        change(flare, home -> home.setXattr(caller, flare, name, value, mode));
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        demandOpen();
        return calls.look(flare, home -> home.listXattrs(caller, flare));
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        demandOpen();
        change(flare, home -> home.removeXattr(caller, flare, name));
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        demandOpen();
        return calls.look(flare, home -> home.getAcl(flare, kind));
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        demandOpen();
        change(flare, home -> home.setAcl(caller, flare, kind, acl));
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(new FsException(Errno.ENOTCONN, "the session is closed"));
        }
        FrontLock taken = new FrontLock(calls, background, file, lock, wait);
        taken.ask();
        return taken;
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        demandOpen();
        long mark = content.mark(file);
        boolean unused = calls.look(file, home -> {
            home.unlock(file, family, owner, range);
            return true;
        });
        content.stored(file, mark);
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        demandOpen();
        return calls.look(file, home -> home.findConflict(file, lock));
    }

    @Override
    public void syncAll() throws FsException {
        demandOpen();
        for (FrontFile file : files) {
            file.settle();
        }
        for (HomeSession home : homes.open()) {
            try {
                home.plain().syncAll();
            } catch (FsException e) {
                if (!FrontCalls.isElsewhere(e)) {
                    throw e;
                }
            }
        }
    }

    /** Slices have other homes now: what is open goes there. */
    void moved() {
        for (FrontFile file : files) {
            try {
                boolean unused = file.moved();
            } catch (FsException e) {
                log.debug("{} is not open at its new home yet; its next use will tell", file.flare(), e);
            }
        }
        for (FrontDirectory directory : directories) {
            try {
                directory.moved();
            } catch (FsException e) {
                log.debug("{} is not open at its new home yet", directory.flare(), e);
            }
        }
    }

    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        for (FrontFile file : files) {
            try {
                file.close();
            } catch (FsException e) {
                log.warn("What was written last to {} could not be stored: {}", file.flare(), e.getMessage());
            }
        }
        files.forEach(FrontFile::awaitClosed);
        directories.forEach(FrontDirectory::close);
        homes.close();
        ended.accept(this);
    }

    /** Where the client cannot go on elsewhere the session ends. */
    @Override
    public void abandon() {
        if (place == Place.PROCESS) {
            close();
        } else if (!closed.getAndSet(true)) {
            homes.abandon();
            ended.accept(this);
        }
    }

    /** Looks for contact until there is some or the session is closed, and opens again what was open. */
    void reach() {
        while (!closed.get() && !Thread.currentThread().isInterrupted()) {
            try {
                Object unused = calls.look(root, home -> home.getAttributes(root));
                moved();
                return;
            } catch (FsException e) {
                log.debug("No vulcano answers yet", e);
            }
        }
    }

    private void demandOpen() throws FsException {
        if (closed.get()) {
            throw new FsException(Errno.ENOTCONN, "the session is closed");
        }
    }
}
