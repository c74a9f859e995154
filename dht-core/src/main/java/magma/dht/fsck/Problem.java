package magma.dht.fsck;

/**
 * Two records that do not agree.
 *
 * @param kind what is wrong
 * @param where the record
 * @param detail for people
 */
public record Problem(Kind kind, String where, String detail) {
    /** What can be wrong. */
    public enum Kind {
        /** An entry leads to no flare, or to one of another type. */
        DANGLING_ENTRY,
        /** An entry, shard or chunk lies where its key says it should not be, or belongs to nothing. */
        MISPLACED,
        /** A flare's link count is not the number of its names. */
        WRONG_LINK_COUNT,
        /** A directory shard does not count its entries, or is missing, or has other rights than the directory. */
        WRONG_SHARD,
        /** A directory cannot be reached from the root. */
        UNREACHABLE,
        /** A flare without a name that nothing will remove. */
        LOST_FLARE,
        /** A chunk, extended attribute or inline content of a flare that does not have it. */
        ORPHAN_CONTENT,
        /** A transaction that nobody has ended. */
        EXPIRED_INTENT,
        /** A slice's count of flares is wrong. */
        WRONG_COUNT,
        /** A record that cannot be decoded. */
        UNREADABLE
    }
}
