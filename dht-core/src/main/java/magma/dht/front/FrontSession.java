package magma.dht.front;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
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
final class FrontSession implements FileSystem, Numbering, LockKeeping, Continuing {
    private static final Logger log = LoggerFactory.getLogger(FrontSession.class);

    private final Key root;
    private final SessionHomes homes;
    private final FrontCalls calls;
    private final Executor background;
    private final Consumer<FrontSession> ended;
    private final FrontOpens opens;
    private final FrontOpening opening;

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
        this(root, calls, background, ended, new FrontOpens(place, background));
    }

    private FrontSession(
            Key root, FrontCalls calls, Executor background, Consumer<FrontSession> ended, FrontOpens opens) {
        this.root = root;
        this.homes = calls.homes();
        this.calls = calls;
        this.background = background;
        this.ended = ended;
        this.opens = opens;
        this.opening = new FrontOpening(this);
    }

    @Override
    public FileSystem numbered(Operation operation) {
        return new FrontSession(root, calls.with(operation), background, ended, opens);
    }

    FrontCalls calls() {
        return calls;
    }

    FrontOpens opens() {
        return opens;
    }

    SessionHomes homes() {
        return homes;
    }

    @Override
    public Key root() {
        return root;
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        opens.demandOpen();
        Attributes found = calls.look(directory, home -> home.lookup(caller, directory, name));
        return opens.catchUp(found.key()) ? atHome(found) : fresh(directory, found);
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
        opens.demandOpen();
        return calls.look(directory, home -> home.parent(directory));
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        opens.demandOpen();
        boolean unused = opens.catchUp(flare);
        return calls.look(flare, home -> home.getAttributes(flare));
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        opens.demandOpen();
        if (through != null) {
            return own(through).setAttributes(caller, changes);
        }
        boolean unused = opens.catchUp(flare);
        if (changes.size() != null) {
            opens.demandLocked(flare);
        }
        while (true) {
            Unflushed.Moment before = opens.content().now(flare);
            Attributes changed = calls.change(flare, home -> home.setAttributes(caller, flare, changes, null));
            // What was cut off may have come back at the next home.
            if (changes.size() == null || opens.content().forget(flare, before)) {
                return changed;
            }
        }
    }

    private static FrontFile own(OpenFile file) throws FsException {
        if (file instanceof FrontFile own) {
            return own;
        }
        throw new FsException(Errno.EXDEV, "an open file of another session");
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        opens.demandOpen();
        boolean unused = calls.look(flare, home -> {
            home.access(caller, flare, wanted);
            return true;
        });
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        opens.demandOpen();
        return opening.create(caller, directory, name, mode, exclusive, options);
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        opens.demandOpen();
        return calls.change(directory, home -> home.makeDirectory(caller, directory, name, mode));
    }

    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        opens.demandOpen();
        return calls.change(directory, home -> home.makeNode(caller, directory, name, type, mode, device));
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        opens.demandOpen();
        return calls.change(directory, home -> home.symlink(caller, directory, name, target));
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        opens.demandOpen();
        return calls.look(symlink, home -> home.readLink(symlink));
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        opens.demandOpen();
        Attributes linked = calls.change(directory, home -> home.link(caller, flare, directory, name));
        return fresh(directory, linked);
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        opens.demandOpen();
        opens.closings().removing();
        change(directory, home -> home.unlink(caller, directory, name));
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        opens.demandOpen();
        change(directory, home -> home.removeDirectory(caller, directory, name));
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        opens.demandOpen();
        opens.closings().removing();
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
        opens.demandOpen();
        return opening.open(caller, file, options);
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        opens.demandOpen();
        return opening.openDirectory(caller, directory);
    }

    @Override
    public Statistics statistics() throws FsException {
        opens.demandOpen();
        return calls.look(root, FileSystem::statistics);
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        opens.demandOpen();
        return calls.look(flare, home -> home.getXattr(caller, flare, name));
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        opens.demandOpen();
        change(flare, home -> home.setXattr(caller, flare, name, value, mode));
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        opens.demandOpen();
        return calls.look(flare, home -> home.listXattrs(caller, flare));
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        opens.demandOpen();
        change(flare, home -> home.removeXattr(caller, flare, name));
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        opens.demandOpen();
        return calls.look(flare, home -> home.getAcl(flare, kind));
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        opens.demandOpen();
        change(flare, home -> home.setAcl(caller, flare, kind, acl));
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        if (opens.isClosed()) {
            return CompletableFuture.failedFuture(FrontOpens.closed());
        }
        FrontLock taken = new FrontLock(calls, background, opens, file, lock, wait);
        taken.ask();
        return taken;
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        opens.demandOpen();
        // Before: what is written under the lock must not be written again when another has it.
        opens.settle(file);
        opens.locks().released(file, family, owner, range);
        boolean unused = calls.look(file, home -> {
            home.unlock(file, family, owner, range);
            return true;
        });
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        opens.demandOpen();
        return calls.look(file, home -> home.findConflict(file, lock));
    }

    @Override
    public boolean holds(Key file, Lock lock) throws FsException {
        opens.demandOpen();
        return calls.at(file, home -> {
            boolean holds = home.holds(file, lock);
            if (holds) {
                // The client may have been granted it by way of another vulcano.
                opens.locks().has(file, lock, home);
            }
            return holds;
        });
    }

    @Override
    public void syncAll() throws FsException {
        opens.demandOpen();
        opens.settle();
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

    @Override
    public void close() {
        if (opens.end()) {
            opens.close();
            homes.close();
            ended.accept(this);
        }
    }

    /** Where the client cannot go on elsewhere the session ends. */
    @Override
    public void abandon() {
        if (opens.place() == Place.PROCESS) {
            close();
        } else if (opens.end()) {
            homes.abandon();
            ended.accept(this);
        }
    }

    /** Looks for contact until there is some or the session is closed, and opens again what was open. */
    void reach() {
        for (int attempt = 0; !opens.isClosed() && !Thread.currentThread().isInterrupted(); attempt++) {
            try {
                Object unused = calls.look(root, home -> home.getAttributes(root));
                opens.moved();
                return;
            } catch (FsException e) {
                log.debug("No vulcano answers yet", e);
                if (e.getCause() instanceof RejectedExecutionException) {
                    return;
                }
            }
            try {
                FrontCalls.pause(attempt);
            } catch (FsException interrupted) {
                return;
            }
        }
    }
}
