package magma.fs;

import org.jspecify.annotations.Nullable;

/**
 * Whom a mode or an access control list lets in: the access check algorithm of POSIX.1e draft 17, 23.1.5, as Linux's
 * acl(5) states it.
 */
public final class Permissions {
    private Permissions() {}

    /**
     * Whether {@code caller} has every one of the {@code wanted} rwx bits on a flare.
     *
     * @param mode the flare's permission bits
     * @param acl the flare's access ACL, null where the mode says all
     * @param wanted rwx bits, 0 to 7
     */
    public static boolean allow(
            Caller caller, FlareType type, int uid, int gid, int mode, @Nullable Acl acl, int wanted) {
        if (caller.isSuperuser()) {
            boolean executes = (wanted & AccessMode.EXECUTE.bit()) != 0;
            return !executes || type == FlareType.DIRECTORY || (mode & 0111) != 0;
        }
        if (caller.uid() == uid) {
            return covers(mode >> 6, wanted);
        }
        if (acl == null) {
            boolean sameClass = (mode >> 3 & 7) == (mode & 7);
            return covers(sameClass || !caller.isInGroup(gid) ? mode : mode >> 3, wanted);
        }
        return allowByList(caller, gid, acl, wanted);
    }

    private static boolean allowByList(Caller caller, int gid, Acl acl, int wanted) {
        int mask = acl.has(Acl.Tag.MASK) ? acl.permissions(Acl.Tag.MASK) : 7;
        boolean inSomeGroup = false;
        for (Acl.Entry entry : acl.entries()) {
            if (entry.tag() == Acl.Tag.USER && entry.id() == caller.uid()) {
                return covers(entry.permissions() & mask, wanted);
            }
        }
        for (Acl.Entry entry : acl.entries()) {
            boolean matches = entry.tag() == Acl.Tag.GROUP_OBJECT && caller.isInGroup(gid)
                    || entry.tag() == Acl.Tag.GROUP && caller.isInGroup(entry.id());
            if (matches && covers(entry.permissions() & mask, wanted)) {
                return true;
            }
            inSomeGroup |= matches;
        }
        return !inSomeGroup && covers(acl.permissions(Acl.Tag.OTHER), wanted);
    }

    private static boolean covers(int triple, int wanted) {
        return (wanted & 7 & ~triple) == 0;
    }
}
