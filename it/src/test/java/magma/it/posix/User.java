package magma.it.posix;

import java.util.List;
import java.util.stream.Collectors;

/** Who makes a system call. */
record User(int uid, int gid, List<Integer> groups, int umask) {
    static final User ROOT = new User(0, 0, List.of(), 0);

    /** Owns what tests give to somebody. */
    static final User OWNER = new User(65_001, 65_011, List.of(65_012), 0);

    /** Is in the owner's group by a supplementary group. */
    static final User MEMBER = new User(65_002, 65_022, List.of(65_011), 0);

    /** Has nothing to do with the owner. */
    static final User OTHER = new User(65_003, 65_033, List.of(), 0);

    /** A group of the owner's besides the effective one. */
    static final int OWNERS_OTHER_GROUP = 65_012;

    User withUmask(int newUmask) {
        return new User(uid, gid, groups, newUmask);
    }

    /** The head of a job. */
    String words() {
        String list =
                groups.isEmpty() ? "-" : groups.stream().map(String::valueOf).collect(Collectors.joining(","));
        return uid + " " + gid + " " + list + " 0" + Integer.toOctalString(umask);
    }
}
