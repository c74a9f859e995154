package magma.fs;

import java.util.Comparator;
import java.util.List;

/**
 * A POSIX access control list (POSIX 1003.1e draft 17, section 23; acl(5)): exactly one USER_OBJECT, GROUP_OBJECT and
 * OTHER entry, any number of USER and GROUP entries with distinct ids, and a MASK where there is any of those.
 *
 * @param entries sorted by tag, then by id; at most {@value #MAX_ENTRIES}
 */
public record Acl(List<Entry> entries) {
    /** The most entries a list may have: what fits an xattr of 64 KiB is more than anybody uses. */
    public static final int MAX_ENTRIES = 1024;

    /** Whom an entry speaks of, in the order in which a list is kept. The codes are those of Linux's ACL xattrs. */
    public enum Tag {
        USER_OBJECT(0x01),
        USER(0x02),
        GROUP_OBJECT(0x04),
        GROUP(0x08),
        MASK(0x10),
        OTHER(0x20);

        private final int code;

        Tag(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** The tag with {@code code}. @throws IllegalArgumentException when none has it */
        public static Tag of(int code) {
            for (Tag tag : values()) {
                if (tag.code == code) {
                    return tag;
                }
            }
            throw new IllegalArgumentException("no ACL tag has the code " + code);
        }
    }

    /** Which of a flare's two lists. Only directories have a default one; what is born in them inherits it. */
    public enum Kind {
        ACCESS,
        DEFAULT
    }

    /**
     * @param id uid of a USER, gid of a GROUP; -1 for other tags
     * @param permissions rwx bits, 0 to 7
     */
    public record Entry(Tag tag, int id, int permissions) {
        public Entry {
            if ((permissions & ~7) != 0) {
                throw new IllegalArgumentException("permissions of " + permissions);
            }
            if (tag != Tag.USER && tag != Tag.GROUP) {
                id = -1;
            }
        }
    }

    private static final Comparator<Entry> ORDER =
            Comparator.comparing(Entry::tag).thenComparing((a, b) -> Integer.compareUnsigned(a.id(), b.id()));

    /**
     * Sorts and checks.
     *
     * @throws IllegalArgumentException when the list is not a valid one
     */
    public Acl {
        entries = entries.stream().sorted(ORDER).toList();
        if (entries.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException("an ACL of " + entries.size() + " entries");
        }
        for (int i = 1; i < entries.size(); i++) {
            if (ORDER.compare(entries.get(i - 1), entries.get(i)) == 0) {
                throw new IllegalArgumentException("an ACL with two entries for " + entries.get(i));
            }
        }
        boolean named = count(entries, Tag.USER) + count(entries, Tag.GROUP) > 0;
        if (count(entries, Tag.USER_OBJECT) != 1
                || count(entries, Tag.GROUP_OBJECT) != 1
                || count(entries, Tag.OTHER) != 1
                || named && count(entries, Tag.MASK) != 1) {
            throw new IllegalArgumentException("an ACL that lacks a required entry: " + entries);
        }
    }

    /** The list that says no more than the nine permission bits do. */
    public static Acl ofMode(int mode) {
        return new Acl(List.of(
                new Entry(Tag.USER_OBJECT, -1, mode >> 6 & 7),
                new Entry(Tag.GROUP_OBJECT, -1, mode >> 3 & 7),
                new Entry(Tag.OTHER, -1, mode & 7)));
    }

    /** Whether the nine permission bits say all that this list says. */
    public boolean isMinimal() {
        return entries.size() == 3;
    }

    /** The nine permission bits that stat shows: the group class shows the mask where there is one. */
    public int mode() {
        int group = has(Tag.MASK) ? permissions(Tag.MASK) : permissions(Tag.GROUP_OBJECT);
        return permissions(Tag.USER_OBJECT) << 6 | group << 3 | permissions(Tag.OTHER);
    }

    /** This list after chmod: the group class of the mode goes to the mask where there is one. */
    public Acl withMode(int mode) {
        Tag groupClass = has(Tag.MASK) ? Tag.MASK : Tag.GROUP_OBJECT;
        return new Acl(entries.stream()
                .map(entry -> {
                    if (entry.tag() == Tag.USER_OBJECT) {
                        return new Entry(entry.tag(), -1, mode >> 6 & 7);
                    } else if (entry.tag() == groupClass) {
                        return new Entry(entry.tag(), -1, mode >> 3 & 7);
                    } else if (entry.tag() == Tag.OTHER) {
                        return new Entry(entry.tag(), -1, mode & 7);
                    }
                    return entry;
                })
                .toList());
    }

    public boolean has(Tag tag) {
        return count(entries, tag) > 0;
    }

    /** The permissions of the only entry with {@code tag}. */
    public int permissions(Tag tag) {
        for (Entry entry : entries) {
            if (entry.tag() == tag) {
                return entry.permissions();
            }
        }
        throw new IllegalArgumentException("no entry for " + tag);
    }

    private static long count(List<Entry> entries, Tag tag) {
        return entries.stream().filter(entry -> entry.tag() == tag).count();
    }
}
