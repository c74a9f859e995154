package magma.testkit.fs;

import java.time.Instant;
import java.util.Arrays;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Inheritance;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;

/**
 * What is done with entries, renaming aside. Where several errors apply, the one that Linux's path walk meets first is told:
 * search permission, then what is or is not there, then write permission, then the rest.
 */
final class Names {
    private final Tree tree;

    Names(Tree tree) {
        this.tree = tree;
    }

    Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        Flare parent = tree.directory(directory);
        tree.check(caller, parent, Tree.SEARCH);
        return tree.entry(parent, name).attributes();
    }

    Key parent(Key directory) throws FsException {
        Flare flare = tree.directory(directory);
        checkNotRemoved(flare);
        return flare.parent().key;
    }

    Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        Flare parent = vacancy(caller, directory, name);
        tree.checkLinks(parent);
        Flare flare = add(caller, parent, name, FlareType.DIRECTORY, mode, 0);
        flare.links = 2;
        flare.parent(parent);
        parent.links++;
        return flare.attributes();
    }

    Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        if (type == FlareType.DIRECTORY || type == FlareType.SYMLINK) {
            throw new FsException(Errno.EINVAL, "no node of type " + type);
        }
        Flare parent = vacancy(caller, directory, name);
        if (type.isDevice() && !caller.isSuperuser()) {
            throw new FsException(Errno.EPERM, "only the superuser makes devices");
        }
        return add(caller, parent, name, type, mode, type.isDevice() ? device : 0)
                .attributes();
    }

    Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        if (target.length == 0) {
            throw new FsException(Errno.ENOENT, "an empty target");
        }
        if (target.length > Limits.SYMLINK_BYTES) {
            throw new FsException(Errno.ENAMETOOLONG, "a target of " + target.length + " bytes");
        }
        for (byte b : target) {
            if (b == 0) {
                throw new FsException(Errno.EINVAL, "a target with NUL in it: " + Arrays.toString(target));
            }
        }
        Flare flare = add(caller, vacancy(caller, directory, name), name, FlareType.SYMLINK, 0777, 0);
        flare.target(target);
        return flare.attributes();
    }

    byte[] readLink(Key symlink) throws FsException {
        Flare flare = tree.flare(symlink);
        if (flare.type != FlareType.SYMLINK) {
            throw new FsException(Errno.EINVAL, "the flare " + symlink + " is a " + flare.type);
        }
        flare.accessed(tree.now());
        return flare.target();
    }

    Attributes link(Caller caller, Key key, Key directory, Name name) throws FsException {
        Flare flare = tree.flare(key);
        Flare parent = vacancy(caller, directory, name);
        if (flare.isDirectory()) {
            throw new FsException(Errno.EPERM, "a directory has one name");
        }
        if (flare.links == 0) {
            throw new FsException(Errno.ENOENT, "the flare " + key + " is unlinked");
        }
        tree.checkLinks(flare);
        Instant now = tree.now();
        flare.links++;
        flare.attributesChanged(now);
        tree.tellFlare(flare, false);
        enter(parent, name, flare, now);
        return flare.attributes();
    }

    void unlink(Caller caller, Key directory, Name name) throws FsException {
        Flare parent = tree.directory(directory);
        tree.check(caller, parent, Tree.SEARCH);
        Flare flare = tree.entry(parent, name);
        checkMayRemove(caller, parent, flare);
        if (flare.isDirectory()) {
            throw new FsException(Errno.EISDIR, name + " is a directory");
        }
        Instant now = tree.now();
        leave(parent, name, now);
        nameGone(flare, now);
    }

    void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        Flare parent = tree.directory(directory);
        tree.check(caller, parent, Tree.SEARCH);
        Flare flare = tree.entry(parent, name);
        checkMayRemove(caller, parent, flare);
        if (!flare.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, name + " is a " + flare.type);
        }
        checkEmpty(flare);
        Instant now = tree.now();
        leave(parent, name, now);
        parent.links--;
        nameGone(flare, now);
    }

    /**
     * The directory, when {@code caller} may put a new {@code name} into it.
     *
     * @throws FsException EACCES, EEXIST, ENOENT, ENOTDIR
     */
    Flare vacancy(Caller caller, Key directory, Name name) throws FsException {
        Flare parent = tree.directory(directory);
        tree.check(caller, parent, Tree.SEARCH);
        if (parent.entries().get(name) != null) {
            throw new FsException(Errno.EEXIST, "there is a " + name);
        }
        checkNotRemoved(parent);
        tree.check(caller, parent, Tree.WRITE | Tree.SEARCH);
        return parent;
    }

    /** A new flare with one link, entered as {@code name}. @throws FsException ENOSPC */
    Flare add(Caller caller, Flare parent, Name name, FlareType type, int mode, long device) throws FsException {
        Inheritance inherited =
                Inheritance.of(caller, type, parent.gid, parent.mode, parent.defaultAcl, mode & Attributes.MODE_MASK);
        Instant now = tree.now();
        Flare flare = tree.create(type, device, now);
        flare.uid = caller.uid();
        flare.gid = inherited.gid();
        flare.mode = inherited.mode();
        flare.accessAcl = inherited.access();
        flare.defaultAcl = inherited.defaults();
        flare.links = 1;
        enter(parent, name, flare, now);
        return flare;
    }

    void enter(Flare parent, Name name, Flare flare, Instant now) {
        parent.entries().put(name, flare);
        parent.contentChanged(now);
        tree.tellEntry(parent, name);
    }

    void leave(Flare parent, Name name, Instant now) {
        parent.entries().remove(name);
        parent.contentChanged(now);
        tree.tellEntry(parent, name);
    }

    /** One of the flare's names went; a directory has only one. */
    void nameGone(Flare flare, Instant now) {
        flare.links = flare.isDirectory() ? 0 : flare.links - 1;
        flare.attributesChanged(now);
        tree.tellFlare(flare, false);
        tree.reap(flare);
    }

    /** @throws FsException EACCES without write permission on {@code parent}; EPERM where it is sticky */
    void checkMayRemove(Caller caller, Flare parent, Flare flare) throws FsException {
        tree.check(caller, parent, Tree.WRITE | Tree.SEARCH);
        if (parent.isSticky() && !flare.isOwnedBy(caller) && !parent.isOwnedBy(caller)) {
            throw new FsException(Errno.EPERM, caller + " owns neither the entry nor the sticky directory");
        }
    }

    void checkEmpty(Flare directory) throws FsException {
        if (!directory.entries().isEmpty()) {
            throw new FsException(Errno.ENOTEMPTY, "the directory " + directory.key + " is not empty");
        }
    }

    void checkNotRemoved(Flare directory) throws FsException {
        if (directory.links == 0) {
            throw new FsException(Errno.ENOENT, "the directory " + directory.key + " is removed");
        }
    }
}
