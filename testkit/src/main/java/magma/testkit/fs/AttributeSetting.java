package magma.testkit.fs;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenFile;
import org.jspecify.annotations.Nullable;

/** chmod, chown, truncate, utimensat, access and the access control lists. */
final class AttributeSetting {
    private final Tree tree;

    AttributeSetting(Tree tree) {
        this.tree = tree;
    }

    void access(Caller caller, Key key, Set<AccessMode> wanted) throws FsException {
        int bits = 0;
        for (AccessMode mode : wanted) {
            bits |= mode.bit();
        }
        tree.check(caller, tree.flare(key), bits);
    }

    Attributes set(Caller caller, Key key, AttributeChanges changes, @Nullable OpenFile through) throws FsException {
        Flare flare = tree.flare(key);
        Long size = changes.size();
        if (size != null) {
            checkSize(caller, flare, size, through);
        }
        if (changes.mode() != null) {
            tree.checkOwner(caller, flare);
        }
        checkOwnership(caller, flare, changes);
        checkTimes(caller, flare, changes);
        if (changes.isEmpty()) {
            return flare.attributes();
        }
        Instant now = tree.now();
        changeMode(caller, flare, changes);
        if (size != null) {
            resize(caller, flare, size, now);
        }
        changeTimes(flare, changes, now);
        flare.attributesChanged(now);
        tree.tellFlare(flare, size != null);
        return flare.attributes();
    }

    private void checkSize(Caller caller, Flare flare, long size, @Nullable OpenFile through) throws FsException {
        if (flare.isDirectory()) {
            throw new FsException(Errno.EISDIR, "a directory has no size to set");
        }
        if (flare.type != FlareType.FILE || size < 0) {
            throw new FsException(Errno.EINVAL, "no size of " + size + " for a " + flare.type);
        }
        if (through == null) {
            tree.check(caller, flare, Tree.WRITE);
        } else if (!(through instanceof MemoryFile file && file.isOpenForWriting(flare))) {
            throw new FsException(Errno.EBADF, "not open for writing");
        }
        if (size > Limits.FILE_BYTES) {
            throw new FsException(Errno.EFBIG, "a size of " + size);
        }
    }

    private static void checkOwnership(Caller caller, Flare flare, AttributeChanges changes) throws FsException {
        if (caller.isSuperuser()) {
            return;
        }
        boolean owner = caller.uid() == flare.uid;
        Integer uid = changes.uid();
        if (uid != null && !(owner && uid == flare.uid)) {
            throw new FsException(Errno.EPERM, caller + " may not give flares away");
        }
        Integer gid = changes.gid();
        if (gid != null && !(owner && (gid == flare.gid || caller.isInGroup(gid)))) {
            throw new FsException(Errno.EPERM, caller + " may not give the flare to group " + gid);
        }
    }

    private static void checkTimes(Caller caller, Flare flare, AttributeChanges changes) throws FsException {
        boolean none = changes.accessed() == null && changes.modified() == null;
        if (none || flare.isOwnedBy(caller)) {
            return;
        }
        boolean bothNow = changes.accessed() instanceof TimeChange.Now && changes.modified() instanceof TimeChange.Now;
        if (!bothNow) {
            throw new FsException(Errno.EPERM, caller + " may not set times");
        }
        if (!flare.allows(caller, Tree.WRITE)) {
            throw new FsException(Errno.EACCES, caller + " may not renew times");
        }
    }

    private static void changeMode(Caller caller, Flare flare, AttributeChanges changes) {
        Integer mode = changes.mode();
        Integer uid = changes.uid();
        Integer gid = changes.gid();
        if (mode != null) {
            flare.mode = flare.permittedMode(caller, mode, gid == null ? flare.gid : gid);
            flare.accessAcl = flare.accessAcl == null ? null : flare.accessAcl.withMode(mode);
        }
        if ((uid != null || gid != null) && !flare.isDirectory()) {
            flare.dropPrivileges();
        }
        flare.uid = uid == null ? flare.uid : uid;
        flare.gid = gid == null ? flare.gid : gid;
    }

    private void resize(Caller caller, Flare flare, long size, Instant now) {
        long before = flare.pages().allocated();
        flare.pages().resize(size);
        tree.grown(flare.pages().allocated() - before);
        flare.dropPrivileges(caller);
        flare.modified = now;
    }

    private static void changeTimes(Flare flare, AttributeChanges changes, Instant now) {
        if (changes.accessed() != null) {
            flare.accessed = timeOf(changes.accessed(), now);
        }
        if (changes.modified() != null) {
            flare.modified = timeOf(changes.modified(), now);
        }
    }

    private static Instant timeOf(TimeChange change, Instant now) {
        return change instanceof TimeChange.At at ? at.time() : now;
    }

    Optional<Acl> getAcl(Key key, Acl.Kind kind) throws FsException {
        Flare flare = flareWithAcl(key);
        return Optional.ofNullable(kind == Acl.Kind.ACCESS ? flare.accessAcl : flare.defaultAcl);
    }

    void setAcl(Caller caller, Key key, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        Flare flare = flareWithAcl(key);
        if (kind == Acl.Kind.DEFAULT && !flare.isDirectory() && acl != null) {
            throw new FsException(Errno.EACCES, "a default list on a " + flare.type);
        }
        tree.checkOwner(caller, flare);
        if (kind == Acl.Kind.DEFAULT) {
            flare.defaultAcl = acl;
        } else {
            flare.accessAcl = acl == null || acl.isMinimal() ? null : acl;
            if (acl != null) {
                flare.mode = flare.permittedMode(caller, flare.mode & 07000 | acl.mode(), flare.gid);
            }
        }
        flare.attributesChanged(tree.now());
        tree.tellFlare(flare, false);
    }

    private Flare flareWithAcl(Key key) throws FsException {
        Flare flare = tree.flare(key);
        if (flare.type == FlareType.SYMLINK) {
            throw new FsException(Errno.EOPNOTSUPP, "a symlink has no access control list");
        }
        return flare;
    }
}
