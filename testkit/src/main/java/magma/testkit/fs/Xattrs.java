package magma.testkit.fs;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.XattrName;

/** Extended attributes, with the rules of xattr(7). */
final class Xattrs {
    private final Tree tree;

    Xattrs(Tree tree) {
        this.tree = tree;
    }

    byte[] get(Caller caller, Key key, XattrName name) throws FsException {
        Flare flare = tree.flare(key);
        if (name.isTrusted() && !caller.isSuperuser() || name.isUser() && !bearsUserXattrs(flare)) {
            throw absent(name);
        }
        if (name.isUser()) {
            tree.check(caller, flare, Tree.READ);
        }
        return existing(flare, name).clone();
    }

    void set(Caller caller, Key key, XattrName name, byte[] value, XattrMode mode) throws FsException {
        if (value.length > Limits.XATTR_BYTES) {
            throw new FsException(Errno.E2BIG, "a value of " + value.length + " bytes");
        }
        Flare flare = tree.flare(key);
        checkMayChange(caller, flare, name);
        boolean present = flare.xattrs.containsKey(name);
        if (mode == XattrMode.CREATE && present) {
            throw new FsException(Errno.EEXIST, "there is an attribute " + name.text());
        }
        if (mode == XattrMode.REPLACE && !present) {
            throw absent(name);
        }
        checkRoom(flare, name, value);
        flare.xattrs.put(name, value.clone());
        changed(flare);
    }

    List<XattrName> list(Caller caller, Key key) throws FsException {
        return tree.flare(key).xattrs.keySet().stream()
                .filter(name -> !name.isTrusted() || caller.isSuperuser())
                .toList();
    }

    void remove(Caller caller, Key key, XattrName name) throws FsException {
        Flare flare = tree.flare(key);
        checkMayChange(caller, flare, name);
        existing(flare, name);
        flare.xattrs.remove(name);
        changed(flare);
    }

    private void checkMayChange(Caller caller, Flare flare, XattrName name) throws FsException {
        if (!name.isUser()) {
            if (!caller.isSuperuser()) {
                throw new FsException(Errno.EPERM, "only the superuser changes " + name.text());
            }
            return;
        }
        if (!bearsUserXattrs(flare)) {
            throw new FsException(Errno.EPERM, "no " + name.text() + " on a " + flare.type);
        }
        if (flare.isDirectory() && flare.isSticky()) {
            tree.checkOwner(caller, flare);
        }
        tree.check(caller, flare, Tree.WRITE);
    }

    private static boolean bearsUserXattrs(Flare flare) {
        return flare.type == FlareType.FILE || flare.isDirectory();
    }

    private static void checkRoom(Flare flare, XattrName name, byte[] value) throws FsException {
        long total = bytes(name, value);
        for (Map.Entry<XattrName, byte[]> xattr : flare.xattrs.entrySet()) {
            if (!xattr.getKey().equals(name)) {
                total += bytes(xattr.getKey(), xattr.getValue());
            }
        }
        if (total > Limits.XATTRS_BYTES) {
            throw new FsException(Errno.ENOSPC, "attributes of " + total + " bytes on one flare");
        }
    }

    private static long bytes(XattrName name, byte[] value) {
        return name.text().getBytes(StandardCharsets.UTF_8).length + (long) value.length;
    }

    private static byte[] existing(Flare flare, XattrName name) throws FsException {
        byte[] value = flare.xattrs.get(name);
        if (value == null) {
            throw absent(name);
        }
        return value;
    }

    private static FsException absent(XattrName name) {
        return new FsException(Errno.ENODATA, "no attribute " + name.text());
    }

    private void changed(Flare flare) {
        flare.attributesChanged(tree.now());
        tree.tellFlare(flare, false);
    }
}
