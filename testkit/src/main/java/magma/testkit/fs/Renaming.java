package magma.testkit.fs;

import java.time.Instant;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import org.jspecify.annotations.Nullable;

/** rename(2). Errors in Linux's order, as {@link Names} has it. */
final class Renaming {
    private final Tree tree;
    private final Names names;

    Renaming(Tree tree, Names names) {
        this.tree = tree;
        this.names = names;
    }

    /** An entry, or where one would be. */
    private record Place(Flare directory, Name name) {}

    void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        Place source = new Place(tree.directory(fromDirectory), from);
        Place target = new Place(tree.directory(toDirectory), to);
        tree.check(caller, source.directory, Tree.SEARCH);
        tree.check(caller, target.directory, Tree.SEARCH);
        Flare moved = tree.entry(source.directory, from);
        Flare standing = target.directory.entries().get(to);
        checkPresence(to, standing, mode);
        checkNoLoop(source, moved, target, standing, mode);
        if (moved == standing) {
            return;
        }
        checkPermissions(caller, source, moved, target, standing, mode);
        if (mode == RenameMode.EXCHANGE && standing != null) {
            checkLinksOfExchange(source, moved, target, standing);
            exchange(source, moved, target, standing);
        } else {
            checkReplaceable(source, moved, target, standing);
            move(source, moved, target, standing);
        }
    }

    private static void checkPresence(Name to, @Nullable Flare standing, RenameMode mode) throws FsException {
        if (mode == RenameMode.NO_REPLACE && standing != null) {
            throw new FsException(Errno.EEXIST, "there is a " + to);
        }
        if (mode == RenameMode.EXCHANGE && standing == null) {
            throw new FsException(Errno.ENOENT, "no entry " + to + " to exchange with");
        }
    }

    private static void checkNoLoop(Place source, Flare moved, Place target, @Nullable Flare standing, RenameMode mode)
            throws FsException {
        if (moved.isDirectory() && isWithin(target.directory, moved)) {
            throw new FsException(Errno.EINVAL, "a directory cannot come under itself");
        }
        if (standing != null && standing.isDirectory() && isWithin(source.directory, standing)) {
            Errno errno = mode == RenameMode.EXCHANGE ? Errno.EINVAL : Errno.ENOTEMPTY;
            throw new FsException(errno, "what stands at the new name holds the old one");
        }
    }

    /** Whether {@code directory} is {@code ancestor} or below it. */
    private static boolean isWithin(Flare directory, Flare ancestor) {
        Flare at = directory;
        while (at != ancestor) {
            if (at == at.parent()) {
                return false;
            }
            at = at.parent();
        }
        return true;
    }

    private void checkPermissions(
            Caller caller, Place source, Flare moved, Place target, @Nullable Flare standing, RenameMode mode)
            throws FsException {
        names.checkMayRemove(caller, source.directory, moved);
        if (standing == null) {
            names.checkNotRemoved(target.directory);
            tree.check(caller, target.directory, Tree.WRITE | Tree.SEARCH);
        } else {
            names.checkMayRemove(caller, target.directory, standing);
            if (mode != RenameMode.EXCHANGE) {
                checkSameKind(moved, standing);
            }
        }
        if (source.directory == target.directory) {
            return;
        }
        if (moved.isDirectory()) {
            tree.check(caller, moved, Tree.WRITE);
        }
        if (mode == RenameMode.EXCHANGE && standing != null && standing.isDirectory()) {
            tree.check(caller, standing, Tree.WRITE);
        }
    }

    private static void checkSameKind(Flare moved, Flare standing) throws FsException {
        if (moved.isDirectory() && !standing.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, "a directory cannot replace a " + standing.type);
        }
        if (!moved.isDirectory() && standing.isDirectory()) {
            throw new FsException(Errno.EISDIR, "a " + moved.type + " cannot replace a directory");
        }
    }

    private void checkReplaceable(Place source, Flare moved, Place target, @Nullable Flare standing)
            throws FsException {
        if (standing != null && standing.isDirectory()) {
            names.checkEmpty(standing);
        } else if (moved.isDirectory() && source.directory != target.directory) {
            tree.checkLinks(target.directory);
        }
    }

    private void checkLinksOfExchange(Place source, Flare moved, Place target, Flare standing) throws FsException {
        if (source.directory != target.directory && moved.isDirectory() != standing.isDirectory()) {
            tree.checkLinks(moved.isDirectory() ? target.directory : source.directory);
        }
    }

    private void move(Place source, Flare moved, Place target, @Nullable Flare standing) {
        Instant now = tree.now();
        names.leave(source.directory, source.name, now);
        if (standing != null) {
            if (standing.isDirectory()) {
                target.directory.links--;
            }
            names.nameGone(standing, now);
        }
        names.enter(target.directory, target.name, moved, now);
        changeParent(moved, source.directory, target.directory);
        tell(moved, now);
    }

    private void exchange(Place source, Flare moved, Place target, Flare standing) {
        Instant now = tree.now();
        names.enter(source.directory, source.name, standing, now);
        names.enter(target.directory, target.name, moved, now);
        changeParent(moved, source.directory, target.directory);
        changeParent(standing, target.directory, source.directory);
        tell(moved, now);
        tell(standing, now);
    }

    private static void changeParent(Flare flare, Flare from, Flare to) {
        if (flare.isDirectory()) {
            flare.parent(to);
            from.links--;
            to.links++;
        }
    }

    private void tell(Flare flare, Instant now) {
        flare.attributesChanged(now);
        tree.tellFlare(flare, false);
    }
}
