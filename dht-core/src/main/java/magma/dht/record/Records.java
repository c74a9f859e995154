package magma.dht.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

    public RecordId chunk(Key flare, long index) {
        return RecordId.of(keys.chunk(flare, index), RecordKind.CHUNK.code(), keyAndNumber(flare, index));
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

    public static RecordId intent(Key place, TransactionId transaction) {
        return RecordId.of(place, RecordKind.INTENT.code(), transaction.bytes());
    }

    public static RecordId transaction(Key place, TransactionId transaction) {
        return RecordId.of(place, RecordKind.TRANSACTION.code(), transaction.bytes());
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
        byte[] subKey = cleaning.subKey();
        if (subKey.length != 8) {
            throw new MalformedException("a sub-key of " + subKey.length + " bytes in " + cleaning);
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

    private static byte[] keyAndNumber(Key key, long number) {
        ByteBuffer subKey = ByteBuffer.allocate(Key.BYTES + 8);
        key.write(subKey);
        return subKey.putLong(number).array();
    }
}
