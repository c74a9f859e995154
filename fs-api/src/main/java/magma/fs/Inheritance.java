package magma.fs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a new flare gets from the directory it is born in: group, mode and ACLs.
 *
 * @param gid the group: the directory's where that has set-group-id, else the caller's
 * @param mode the twelve permission bits
 * @param access the access ACL, null where the mode says all
 * @param defaults the default ACL of a directory, null for none
 */
public record Inheritance(
        int gid, int mode, @Nullable Acl access, @Nullable Acl defaults) {

    /**
     * @param directoryMode the parent's permission bits
     * @param directoryDefaults the parent's default ACL, null for none
     * @param mode the mode asked for, before umask
     */
    public static Inheritance of(
            Caller caller,
            FlareType type,
            int directoryGid,
            int directoryMode,
            @Nullable Acl directoryDefaults,
            int mode) {
        boolean setGid = (directoryMode & 02000) != 0;
        int gid = setGid ? directoryGid : caller.gid();
        if (setGid && type == FlareType.DIRECTORY) {
            mode |= 02000;
        }
        if (type == FlareType.SYMLINK) {
            return new Inheritance(gid, 0777, null, null);
        }
        int allowed = clearForeignSetGid(caller, type, gid, mode);
        if (directoryDefaults == null) {
            return new Inheritance(gid, allowed & ~caller.umask(), null, null);
        }
        Acl access = restricted(directoryDefaults, allowed);
        return new Inheritance(
                gid,
                allowed & 07000 | access.mode(),
                access.isMinimal() ? null : access,
                type == FlareType.DIRECTORY ? directoryDefaults : null);
    }

    /** The default list with each class's permissions cut to those that the creator asked for (POSIX.1e, 23.1.6). */
    private static Acl restricted(Acl defaults, int mode) {
        Acl.Tag groupClass = defaults.has(Acl.Tag.MASK) ? Acl.Tag.MASK : Acl.Tag.GROUP_OBJECT;
        List<Acl.Entry> entries = defaults.entries().stream()
                .map(entry -> {
                    int allowed = 7;
                    if (entry.tag() == Acl.Tag.USER_OBJECT) {
                        allowed = mode >> 6;
                    } else if (entry.tag() == groupClass) {
                        allowed = mode >> 3;
                    } else if (entry.tag() == Acl.Tag.OTHER) {
                        allowed = mode;
                    }
                    return new Acl.Entry(entry.tag(), entry.id(), entry.permissions() & allowed & 7);
                })
                .toList();
        return new Acl(entries);
    }

    /** Linux drops set-group-id of what is to be executable by a group that the creator is not in, before umask and ACL are applied. */
    private static int clearForeignSetGid(Caller caller, FlareType type, int gid, int mode) {
        boolean guarded = type != FlareType.DIRECTORY && (mode & 02010) == 02010;
        return guarded && !caller.isSuperuser() && !caller.isInGroup(gid) ? mode & ~02000 : mode;
    }
}
