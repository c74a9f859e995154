package magma.it.faults;

import java.nio.ByteBuffer;
import java.util.Random;

/** What a file of one value holds: the value, the length, and bytes that follow from both. */
final class Content {
    private static final int HEAD = Long.BYTES + Integer.BYTES;
    private static final int[] LENGTHS = {HEAD, 200, 200, 3_000, 3_000, 20_000, 300_000};

    private Content() {}

    static ByteBuffer of(long value) {
        int length = LENGTHS[Math.floorMod(value * 31, LENGTHS.length)];
        byte[] bytes = new byte[length];
        new Random(value).nextBytes(bytes);
        return ByteBuffer.wrap(bytes).putLong(0, value).putInt(Long.BYTES, length);
    }

    /** @return the value; -1 when the bytes are not those of any */
    static long value(ByteBuffer bytes) {
        if (bytes.remaining() < HEAD) {
            return -1;
        }
        long value = bytes.getLong(bytes.position());
        return value > 0 && bytes.equals(of(value)) ? value : -1;
    }
}
