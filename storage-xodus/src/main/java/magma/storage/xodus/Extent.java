package magma.storage.xodus;

import java.util.Arrays;
import magma.dht.storage.Version;

/**
 * A stored run of bytes of a chunk: bytes {@code from} to {@code from + length} lie in the log. Where an overwrite left a piece of a longer run, the
 * piece keeps those of the run's blocks that it touches, whole, so that they can be checked.
 *
 * @param data the position of the first block
 * @param skip how far into the first block the extent begins; less than {@link Blocks#BYTES}
 * @param stored how many bytes the blocks have, from the beginning of the first to the end of the last
 * @param crcs of the blocks
 */
record Extent(int from, int length, long generation, Version version, long data, int skip, int stored, int[] crcs) {
    static Extent of(Change.Write write, Version version) {
        return new Extent(
                write.offset(),
                write.length(),
                write.generation(),
                version,
                write.data(),
                0,
                write.length(),
                write.crcs());
    }

    int to() {
        return from + length;
    }

    /** The position in the log of the extent's first byte. */
    long source() {
        return data + skip;
    }

    /** Bytes {@code start} to {@code end} of the chunk, which lie within. */
    Extent part(int start, int end) {
        if (start == from && end == to()) {
            return this;
        }
        int first = skip + start - from;
        int last = skip + end - from;
        int firstBlock = first / Blocks.BYTES;
        int lastBlock = Blocks.count(last);
        int begin = firstBlock * Blocks.BYTES;
        return new Extent(
                start,
                end - start,
                generation,
                version,
                data + begin,
                first - begin,
                Math.min(stored, lastBlock * Blocks.BYTES) - begin,
                Arrays.copyOfRange(crcs, firstBlock, lastBlock));
    }

    /** True when {@code next} is what follows this in the chunk and in the log, of the same write, so that no part is between. */
    private boolean continues(Extent next) {
        return next.from == to()
                && next.source() == source() + length
                && next.generation == generation
                && next.version.equals(version);
    }

    /** The one extent that this and {@code next} were before they were parted, or null. */
    @org.jspecify.annotations.Nullable
    Extent join(Extent next) {
        if (!continues(next)) {
            return null;
        }
        int shift = Math.toIntExact(next.data - data);
        if (shift % Blocks.BYTES != 0 || shift / Blocks.BYTES > crcs.length) {
            return null;
        }
        int keep = shift / Blocks.BYTES;
        int[] joined = Arrays.copyOf(crcs, keep + next.crcs.length);
        System.arraycopy(next.crcs, 0, joined, keep, next.crcs.length);
        return new Extent(from, length + next.length, generation, version, data, skip, shift + next.stored, joined);
    }

    // A record compares arrays by identity.
    @Override
    public boolean equals(Object other) {
        return other instanceof Extent that
                && from == that.from
                && length == that.length
                && generation == that.generation
                && version.equals(that.version)
                && data == that.data
                && skip == that.skip
                && stored == that.stored
                && Arrays.equals(crcs, that.crcs);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(data) * 31 + from;
    }
}
