package magma.fs;

import java.util.Set;
import java.util.function.Supplier;

/**
 * On whose behalf a call is made. Uid 0 may do all that CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN, CAP_FSETID and
 * CAP_MKNOD allow. The supplementary groups are asked for only when a decision hangs on them, as finding them may cost a
 * system call.
 */
public final class Caller {
    /** The superuser, with an umask of 0. */
    public static final Caller ROOT = of(0, 0, Set.of(), 0);

    private final int uid;
    private final int gid;
    private final int umask;
    private final Supplier<Set<Integer>> groups;

    private Caller(int uid, int gid, int umask, Supplier<Set<Integer>> groups) {
        this.uid = uid;
        this.gid = gid;
        this.umask = umask;
        this.groups = groups;
    }

    /** A caller whose supplementary groups are known. */
    public static Caller of(int uid, int gid, Set<Integer> groups, int umask) {
        Set<Integer> copy = Set.copyOf(groups);
        return new Caller(uid, gid, umask, () -> copy);
    }

    /** A caller whose supplementary groups are looked up on each use of {@link #groups()}. */
    public static Caller of(int uid, int gid, Supplier<Set<Integer>> groups, int umask) {
        return new Caller(uid, gid, umask, groups);
    }

    public int uid() {
        return uid;
    }

    /** The effective group, which new flares get. */
    public int gid() {
        return gid;
    }

    /** The bits that a creation clears where the directory has no default ACL. */
    public int umask() {
        return umask;
    }

    /** The supplementary groups; the effective one need not be among them. */
    public Set<Integer> groups() {
        return groups.get();
    }

    public boolean isSuperuser() {
        return uid == 0;
    }

    /** Whether {@code group} is the effective or a supplementary group. */
    public boolean isInGroup(int group) {
        return gid == group || groups.get().contains(group);
    }

    @Override
    public String toString() {
        return "uid " + uid + ", gid " + gid;
    }
}
