package magma.dht.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import magma.dht.codec.MalformedException;
import magma.dht.key.KeyScheme;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.XattrName;

/** The ids of all records: which key, kind and sub-key each has. docs/layout.md shows them. */
public final class Records {
    /** Length of the sub-key of replies: origin or session (16), slot (2). */
    public static final int SLOT_BYTES = 18;

    /** So many chunks are a span: 1 GiB. */
    public static final long SPAN_CHUNKS = 1024;

    private final KeyScheme keys;

    public Records(KeyScheme keys) {
        this.keys = keys;
    }

    public KeyScheme keys() {
        return keys;
    }

    public RecordId entry(Key directory, Name name) {
        byte[] subKey = ByteBuffer.allocate(Key.BYTES + name.length())
                .put(directory.bytes())
                .put(name.bytes())
                .array();
        return RecordId.of(keys.entry(directory, name), RecordKind.ENTRY.code(), subKey);
    }

    public RecordId chunk(Key flare, long index, ChunkLayout layout) {
        if (index == 0 && layout == ChunkLayout.FIRST_NEAR) {
            return firstChunk(flare);
        }
        return RecordId.of(keys.chunk(flare, index), RecordKind.CHUNK.code(), keyAndNumber(flare, index));
    }

    /** Of a file whose layout is {@link ChunkLayout#FIRST_NEAR}. */
    public static RecordId firstChunk(Key flare) {
        return RecordId.of(flare, RecordKind.CHUNK.code(), keyAndNumber(flare, 0));
    }

    public static RecordId flare(Key flare) {
        return RecordId.of(flare, RecordKind.FLARE.code());
    }

    /** The shard of {@code directory} in {@code slice}, which must hold a part of the directory's window. */
    public static RecordId shard(Key directory, Slice slice) {
        Key window = KeyScheme.windowFirst(directory);
        Key place = window.compareTo(slice.first()) < 0 ? slice.first() : window;
        return RecordId.of(place, RecordKind.SHARD.code(), directory.bytes());
    }

    public static RecordId inline(Key flare) {
        return RecordId.of(flare, RecordKind.INLINE.code());
    }

    public static RecordId xattr(Key flare, XattrName name) {
        return RecordId.of(flare, RecordKind.XATTR.code(), name.text().getBytes(StandardCharsets.UTF_8));
    }

    public static RecordId orphan(Key flare) {
        return RecordId.of(flare, RecordKind.ORPHAN.code());
    }

    public static RecordId cleaning(Key flare, long generation) {
        byte[] subKey = ByteBuffer.allocate(8).putLong(generation).array();
        return RecordId.of(flare, RecordKind.CLEANING.code(), subKey);
    }

    /** @param number from 1: that there may be chunks in the first span, 0, goes without saying */
    public static RecordId span(Key flare, long number) {
        byte[] subKey = ByteBuffer.allocate(8).putLong(number).array();
        return RecordId.of(flare, RecordKind.SPAN.code(), subKey);
    }

    public static RecordId intent(Key place, TransactionId transaction) {
        return RecordId.of(place, RecordKind.INTENT.code(), transaction.bytes());
    }

    public static RecordId transaction(Key place, TransactionId transaction) {
        return RecordId.of(place, RecordKind.TRANSACTION.code(), transaction.bytes());
    }

    /** Of the last request that {@code slice} answered in one slot of an origin. */
    public static RecordId reply(Slice slice, UUID origin, int slot) {
        return RecordId.of(slice.first(), RecordKind.REPLY.code(), slotOf(origin, slot));
    }

    /** Of the last operation that {@code slice} decided in one slot of a session. */
    public static RecordId clientReply(Slice slice, UUID session, int slot) {
        return RecordId.of(slice.first(), RecordKind.CLIENT_REPLY.code(), slotOf(session, slot));
    }

    /** Where the slots of one origin or session begin among a slice's replies. */
    public static RecordId firstSlot(Slice slice, RecordKind kind, UUID origin) {
        return RecordId.of(slice.first(), kind.code(), slotOf(origin, 0));
    }

    /** Where they end, excluded. */
    public static RecordId endOfSlots(Slice slice, RecordKind kind, UUID origin) {
        return RecordId.of(slice.first(), kind.code(), slotOf(origin, 0xffff)).successor();
    }

    /** How many flares the slice holds. */
    public static RecordId flareCount(Slice slice) {
        return RecordId.of(slice.first(), RecordKind.COUNT.code());
    }

    /** Of the homes of files in {@code files} that have chunks in {@code slice}. */
    public static RecordId fence(Slice slice, Slice files) {
        byte[] subKey = ByteBuffer.allocate(8).putLong(files.number()).array();
        return RecordId.of(slice.first(), RecordKind.FENCE.code(), subKey);
    }

    public static RecordId locks(Key flare) {
        return RecordId.of(flare, RecordKind.LOCKS.code());
    }

    /** The key at the head of an entry's, shard's or chunk's sub-key: the directory or flare it belongs to. */
    public static Key owner(RecordId id) {
        byte[] subKey = id.subKey();
        if (subKey.length < Key.BYTES) {
            throw new MalformedException("a sub-key of " + subKey.length + " bytes in " + id);
        }
        return Key.of(Arrays.copyOf(subKey, Key.BYTES));
    }

    /** The name in an entry's sub-key. */
    public static Name entryName(RecordId entry) {
        byte[] subKey = entry.subKey();
        try {
            return Name.of(Arrays.copyOfRange(subKey, Math.min(Key.BYTES, subKey.length), subKey.length));
        } catch (FsException e) {
            throw new MalformedException("no name in " + entry, e);
        }
    }

    /** The index in a chunk's sub-key. */
    public static long chunkIndex(RecordId chunk) {
        byte[] subKey = chunk.subKey();
        if (subKey.length != Key.BYTES + 8) {
            throw new MalformedException("a sub-key of " + subKey.length + " bytes in " + chunk);
        }
        return ByteBuffer.wrap(subKey).getLong(Key.BYTES);
    }

    /** The generation in a cleaning's sub-key. */
    public static long cleaningGeneration(RecordId cleaning) {
        return number(cleaning);
    }

    /** The number in a span's sub-key. */
    public static long spanNumber(RecordId span) {
        return number(span);
    }

    private static long number(RecordId id) {
        byte[] subKey = id.subKey();
        if (subKey.length != 8) {
            throw new MalformedException("a sub-key of " + subKey.length + " bytes in " + id);
        }
        return ByteBuffer.wrap(subKey).getLong();
    }

    /** The attribute's name in a sub-key. */
    public static XattrName xattrName(RecordId xattr) {
        return new XattrName(new String(xattr.subKey(), StandardCharsets.UTF_8));
    }

    /** Where a scan of one kind of a slice's records ends, excluded. */
    public static RecordId end(RecordKind kind, Key last) {
        return last.equals(Key.MAX)
                ? RecordId.of(Key.MIN, kind.code() + 1)
                : RecordId.of(last.successor(), kind.code());
    }

    /** @param slot 0 to 65535 */
    private static byte[] slotOf(UUID origin, int slot) {
        return ByteBuffer.allocate(SLOT_BYTES)
                .putLong(origin.getMostSignificantBits())
                .putLong(origin.getLeastSignificantBits())
                .putShort((short) slot)
                .array();
    }

    private static byte[] keyAndNumber(Key key, long number) {
        ByteBuffer subKey = ByteBuffer.allocate(Key.BYTES + 8);
        key.write(subKey);
        return subKey.putLong(number).array();
    }
}
