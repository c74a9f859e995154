package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads the records of one segment in order. Content is skipped. */
final class FrameReader {
    private static final int WINDOW_BYTES = 256 << 10;

    private final SegmentFile segment;
    private final int size;
    private byte[] window = new byte[WINDOW_BYTES];
    private int windowAt;
    private int windowLength;
    private long at;

    /** @param offset where a record begins */
    FrameReader(SegmentFile segment, int offset) throws IOException {
        this.segment = segment;
        this.size = segment.size();
        this.at = Position.of(segment.number(), offset);
    }

    /** Reads and checks the segment's header. */
    static SegmentHeader header(SegmentFile segment) throws IOException, DamagedException {
        long position = Position.of(segment.number(), 0);
        if (segment.size() < SegmentHeader.BYTES) {
            throw new DamagedException(position, "it has no header");
        }
        ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
        segment.read(bytes, 0);
        try {
            SegmentHeader header = SegmentHeader.decode(bytes.array());
            if (header.number() != segment.number()) {
                throw new DamagedException(position, "it is segment " + SegmentFile.name(header.number()));
            }
            return header;
        } catch (MalformedException e) {
            throw new DamagedException(position, String.valueOf(e.getMessage()), e.foreign());
        }
    }

    /** Where the next record begins. */
    long position() {
        return at;
    }

    /** The next record; null at the end of the segment. */
    @Nullable
    Frame next() throws IOException, DamagedException {
        int offset = Position.offset(at);
        if (offset >= size) {
            return null;
        }
        if (size - offset < Frame.HEADER_BYTES) {
            throw new DamagedException(at, "a record is cut off");
        }
        fill(offset, Frame.HEADER_BYTES);
        Frame.Lengths lengths = Frame.Lengths.of(window, offset - windowAt);
        if (lengths == null) {
            throw new DamagedException(at, "no record begins there");
        }
        if (offset + (long) lengths.head() + lengths.data() > size) {
            throw new DamagedException(at, "a record is cut off");
        }
        fill(offset, lengths.head());
        try {
            Frame frame = Frame.decode(window, offset - windowAt, lengths, at);
            at = frame.end();
            return frame;
        } catch (MalformedException | IllegalArgumentException e) {
            throw new DamagedException(at, "a record is damaged: " + e.getMessage());
        }
    }

    private void fill(int offset, int length) throws IOException {
        if (offset >= windowAt && offset + length <= windowAt + windowLength) {
            return;
        }
        if (window.length < length) {
            window = new byte[length];
        }
        windowAt = offset;
        windowLength = Math.min(window.length, size - offset);
        segment.read(ByteBuffer.wrap(window, 0, windowLength), offset);
    }

    /** Checks the content of a record. */
    static void verify(SegmentFile segment, Frame frame) throws IOException, DamagedException {
        ByteBuffer block = ByteBuffer.allocate(Blocks.BYTES);
        CRC32C crc = new CRC32C();
        for (Change change : frame.changes()) {
            if (!(change.inner() instanceof Change.Write write)) {
                continue;
            }
            for (int i = 0; i < write.crcs().length; i++) {
                int begin = i * Blocks.BYTES;
                int offset = Position.offset(write.data()) + begin;
                block.clear().limit(Math.min(Blocks.BYTES, write.length() - begin));
                segment.read(block, offset);
                if (Blocks.crc(crc, block.flip()) != write.crcs()[i]) {
                    throw new DamagedException(
                            frame.position(),
                            "content at " + offset + ", of " + write.id() + ", is damaged: its CRC is wrong");
                }
            }
        }
    }

    /**
     * Looks for sound records from {@code from} on that say that {@code damaged} was synced before them.
     *
     * @return true when there is one: what is damaged did not come from a crash
     */
    static boolean knownSynced(SegmentFile segment, int from, long damaged) throws IOException {
        FrameReader reader = new FrameReader(segment, from);
        while (reader.resync()) {
            try {
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    if (frame.synced() > damaged) {
                        return true;
                    }
                }
                return false;
            } catch (DamagedException e) {
                reader.skip();
            }
        }
        return false;
    }

    /** Goes on behind the first bytes of what is damaged. */
    void skip() {
        at += Frame.UNIT;
    }

    /** Goes to the next sound record from here on. @return false when there is none */
    boolean resync() throws IOException {
        for (int offset = Position.offset(at); offset + Frame.HEADER_BYTES <= size; offset += Frame.UNIT) {
            fill(offset, Frame.HEADER_BYTES);
            if (Frame.Lengths.of(window, offset - windowAt) == null) {
                continue;
            }
            long here = Position.of(segment.number(), offset);
            at = here;
            try {
                Frame frame = next();
                at = here;
                if (frame != null) {
                    return true;
                }
            } catch (DamagedException e) {
                // It only looked like a record.
            }
        }
        return false;
    }
}
