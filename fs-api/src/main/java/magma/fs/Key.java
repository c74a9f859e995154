package magma.fs;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * A place in the key space: 160 bits, big-endian, compared as an unsigned number. A flare's key is its identity and
 * never changes.
 *
 * @param high bytes 0 to 8
 * @param middle bytes 8 to 16
 * @param low bytes 16 to 20
 */
public record Key(long high, long middle, int low) implements Comparable<Key> {
    /** Length of a key in bytes. */
    public static final int BYTES = 20;

    /** The smallest key. */
    public static final Key MIN = new Key(0, 0, 0);

    /** The largest key. */
    public static final Key MAX = new Key(-1L, -1L, -1);

    /**
     * Reads 20 bytes.
     *
     * @throws IllegalArgumentException when {@code bytes} is not 20 bytes long
     */
    public static Key of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a key has " + BYTES + " bytes, not " + bytes.length);
        }
        return read(ByteBuffer.wrap(bytes));
    }

    /** Reads a key at the buffer's position, which moves 20 bytes. The buffer must be big-endian. */
    public static Key read(ByteBuffer from) {
        return new Key(from.getLong(), from.getLong(), from.getInt());
    }

    /**
     * Reads 40 hexadecimal digits.
     *
     * @throws IllegalArgumentException when {@code hex} is anything else
     */
    public static Key parse(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    /** Writes 20 bytes at the buffer's position. The buffer must be big-endian. */
    public void write(ByteBuffer to) {
        to.putLong(high).putLong(middle).putInt(low);
    }

    /** The 20 bytes, a new array. */
    public byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(BYTES);
        write(buffer);
        return buffer.array();
    }

    /**
     * The inode number that the flare of this key shows: bytes 12 to 20, 1 where those are zero. Two of n flares share
     * one with probability about n²/2⁶⁵: one in 1.5 million for five million flares.
     */
    public long inode() {
        long inode = middle << 32 | Integer.toUnsignedLong(low);
        return inode == 0 ? 1 : inode;
    }

    /** The next key; the first one after the last. */
    public Key successor() {
        int nextLow = low + 1;
        long nextMiddle = nextLow == 0 ? middle + 1 : middle;
        return new Key(nextLow == 0 && nextMiddle == 0 ? high + 1 : high, nextMiddle, nextLow);
    }

    /** The key before; the last one before the first. */
    public Key predecessor() {
        long previousMiddle = low == 0 ? middle - 1 : middle;
        return new Key(low == 0 && middle == 0 ? high - 1 : high, previousMiddle, low - 1);
    }

    @Override
    public int compareTo(Key other) {
        int order = Long.compareUnsigned(high, other.high);
        if (order == 0) {
            order = Long.compareUnsigned(middle, other.middle);
        }
        return order == 0 ? Integer.compareUnsigned(low, other.low) : order;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high * 31 + middle) * 31 + low;
    }

    /** 40 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
