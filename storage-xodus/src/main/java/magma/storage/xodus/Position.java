package magma.storage.xodus;

/** A place in the log: the number of a segment in the upper 32 bits, an offset in its file in the lower. Ordered as the log is. */
final class Position {
    static final long START = 0;

    private Position() {}

    static long of(int segment, int offset) {
        return (long) segment << 32 | offset;
    }

    static int segment(long position) {
        return (int) (position >>> 32);
    }

    static int offset(long position) {
        return (int) position;
    }

    static String text(long position) {
        return SegmentFile.name(segment(position)) + " at " + offset(position);
    }
}
