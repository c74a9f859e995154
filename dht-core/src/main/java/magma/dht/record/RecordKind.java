package magma.dht.record;

/**
 * What records there are. The code is the first byte of a record's id and decides in which order kinds lie in the table; it is on disk and must not change.
 */
public enum RecordKind {
    /** Name to flare. Key: the entry's place; sub-key: directory key, then the name. */
    ENTRY(1),
    /** A flare and its attributes. Key: the flare's. */
    FLARE(2),
    /** What one slice knows of a directory. Key: where the directory's window begins in the slice; sub-key: directory key. */
    SHARD(3),
    /** Content of up to {@link Content#MAX_INLINE} bytes. Key: the flare's. */
    INLINE(4),
    /** An extended attribute. Key: the flare's; sub-key: its name. */
    XATTR(5),
    /** 1 MiB of content. Key: the chunk's, see {@link ChunkLayout}; sub-key: flare key, then the index (8 bytes). */
    CHUNK(6),
    /** A flare without a name that may be held open. Key: the flare's. */
    ORPHAN(7),
    /** Content to be removed. Key: the flare's; sub-key: the generation (8 bytes). */
    CLEANING(8),
    /** One slice's part of a transaction that is prepared. Key: of the first record touched; sub-key: transaction number. */
    INTENT(9),
    /** How a transaction ended. Key: where it was decided; sub-key: transaction number. */
    TRANSACTION(10),
    /** Grows with each directory that gets another parent. Key: the root's. */
    RENAMES(11),
    /** How many flares a slice holds (8 bytes). Key: the slice's first. */
    COUNT(12),
    /** What was answered to the last request of one slot of an origin. Key: the slice's first; sub-key: origin (16), slot (2). */
    REPLY(13),
    /** What the last operation of one slot of a session came to. Key: the slice's first; sub-key: session (16), slot (2). */
    CLIENT_REPLY(14),
    /** Who has locked ranges of a file. Key: the flare's. */
    LOCKS(15),
    /** A span of a file in which there may be chunks; nothing else is in it. Key: the flare's; sub-key: the span's number (8 bytes), from 1. */
    SPAN(16),
    /** In which term of another slice, last, a home of files there has been here, see decision 62. Key: the slice's first; sub-key: the other slice's number (8 bytes). */
    FENCE(17);

    private final int code;

    RecordKind(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws magma.dht.codec.MalformedException when there is none */
    public static RecordKind of(int code) {
        if (code < 1 || code > values().length) {
            throw new magma.dht.codec.MalformedException("no kind of record has the code " + code);
        }
        return values()[code - 1];
    }
}
