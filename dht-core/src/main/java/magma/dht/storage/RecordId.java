package magma.dht.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import magma.fs.Key;

/**
 * Names one record: its kind, its place in the key space, and a sub-key that tells apart records of equal kind and key.
 *
 * <pre>
 *   0      1                21
 *   | kind | key            | sub-key, 0 to 512 bytes |
 * </pre>
 *
 * Records are ordered by these bytes, unsigned: kind first, so that a directory's entries lie side by side with nothing
 * between them. Storage gives the kind no meaning.
 */
public final class RecordId implements Comparable<RecordId> {
    /** The longest sub-key. */
    public static final int MAX_SUB_KEY_BYTES = 512;

    /** Length of kind and key. */
    public static final int PREFIX_BYTES = Key.BYTES + 1;

    private static final byte[] NONE = {};

    private final byte[] encoded;
    private final int hash;

    private RecordId(byte[] encoded) {
        this.encoded = encoded;
        this.hash = Arrays.hashCode(encoded);
    }

    /**
     * @param kind 1 to 255
     * @throws IllegalArgumentException when the sub-key or kind is out of bounds
     */
    public static RecordId of(Key key, int kind, byte[] subKey) {
        if (kind < 1 || kind > 255 || subKey.length > MAX_SUB_KEY_BYTES) {
            throw new IllegalArgumentException("kind " + kind + " with a sub-key of " + subKey.length + " bytes");
        }
        ByteBuffer buffer = ByteBuffer.allocate(PREFIX_BYTES + subKey.length);
        buffer.put((byte) kind);
        key.write(buffer);
        buffer.put(subKey);
        return new RecordId(buffer.array());
    }

    /** A record without sub-key; also the smallest id of its kind and key, where a scan of them begins. */
    public static RecordId of(Key key, int kind) {
        return of(key, kind, NONE);
    }

    /**
     * Takes the bytes as {@link #encoded()} gave them.
     *
     * @throws IllegalArgumentException when they are too few or too many
     */
    public static RecordId decode(byte[] encoded) {
        if (encoded.length < PREFIX_BYTES || encoded.length > PREFIX_BYTES + MAX_SUB_KEY_BYTES) {
            throw new IllegalArgumentException("a record id of " + encoded.length + " bytes");
        }
        return new RecordId(encoded.clone());
    }

    public Key key() {
        return Key.read(ByteBuffer.wrap(encoded, 1, Key.BYTES));
    }

    public int kind() {
        return encoded[0] & 0xff;
    }

    /** A copy. */
    public byte[] subKey() {
        return Arrays.copyOfRange(encoded, PREFIX_BYTES, encoded.length);
    }

    /** The bytes that records are ordered by. Not a copy: do not change them. */
    public byte[] encoded() {
        return encoded;
    }

    /** The smallest id after this one. */
    public RecordId successor() {
        return new RecordId(Arrays.copyOf(encoded, encoded.length + 1));
    }

    @Override
    public int compareTo(RecordId other) {
        return Arrays.compareUnsigned(encoded, other.encoded);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordId id && hash == id.hash && Arrays.equals(encoded, id.encoded);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return kind() + "/" + key() + "/" + HexFormat.of().formatHex(subKey());
    }
}
