package magma.storage.xodus;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Content is checked in blocks: each {@value #BYTES} bytes of a run from its beginning, the last one maybe shorter, have a CRC32C. */
final class Blocks {
    static final int BYTES = 16 << 10;

    private Blocks() {}

    static int count(int length) {
        return (length + BYTES - 1) / BYTES;
    }

    /** The checks of the bytes from position to limit, which are not consumed. */
    static int[] crcs(ByteBuffer data) {
        ByteBuffer view = data.duplicate();
        int[] crcs = new int[count(data.remaining())];
        CRC32C crc = new CRC32C();
        for (int i = 0; i < crcs.length; i++) {
            int end = Math.min(view.position() + BYTES, data.limit());
            crcs[i] = crc(crc, view.limit(end));
        }
        return crcs;
    }

    /** The check of the bytes from position to limit, which are consumed. */
    static int crc(CRC32C crc, ByteBuffer block) {
        crc.reset();
        crc.update(block);
        return (int) crc.getValue();
    }
}
