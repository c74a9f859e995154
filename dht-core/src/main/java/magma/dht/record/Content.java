package magma.dht.record;

import java.util.ArrayList;
import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.storage.Mutation;
import magma.dht.storage.VisibleCuts;

/**
 * Where a file's bytes are, and which of those that are stored count. The flare's record is what readers trust: bytes of chunks count only as far as
 * this says.
 *
 * @param inline whether they are in the INLINE record (nothing at all is inline too) rather than in chunks
 * @param layout how the chunks lie
 * @param generation with which chunk bytes are written now
 * @param cuts truncations that chunks may not have been cleaned of yet, oldest first; both generation and length grow from one to the next
 * @param chunkLimit no chunk with this index or a higher one was ever written
 */
public record Content(boolean inline, ChunkLayout layout, long generation, List<Cut> cuts, long chunkLimit) {
    /** The longest inline content in bytes. In one log record with the flare, where a chunk takes three over two slices (decision 57). */
    public static final int MAX_INLINE = 16 << 10;

    /** The most cuts that are kept; a truncation beyond waits until chunks are cleaned. */
    public static final int MAX_CUTS = 64;

    /** Of a new file. */
    public static final Content EMPTY = new Content(true, ChunkLayout.SPREAD, 1, List.of(), 0);

    private static final int INLINE = 1;
    private static final int FIRST_NEAR = 2;

    /**
     * Bytes at and after {@code length} that were written before {@code generation} do not count.
     */
    public record Cut(long generation, long length) {}

    public Content {
        cuts = List.copyOf(cuts);
    }

    /** In a new generation, with everything at and after {@code length} cut. */
    public Content cut(long length) {
        long next = generation + 1;
        List<Cut> kept = new ArrayList<>(cuts);
        kept.removeIf(cut -> cut.length() >= length);
        kept.add(new Cut(next, length));
        return new Content(inline, layout, next, kept, chunkLimit);
    }

    /** Without the cuts up to {@code upTo}: chunks are cleaned of what they cut. */
    public Content cleaned(long upTo) {
        return new Content(
                inline,
                layout,
                generation,
                cuts.stream().filter(cut -> cut.generation() > upTo).toList(),
                chunkLimit);
    }

    public Content withInline(boolean newInline) {
        return new Content(newInline, layout, generation, cuts, chunkLimit);
    }

    /** With that generation if it has a lower one. Cuts nothing. */
    public Content withGeneration(long lowest) {
        return generation >= lowest ? this : new Content(inline, layout, lowest, cuts, chunkLimit);
    }

    public Content withChunkLimit(long limit) {
        return new Content(inline, layout, generation, cuts, limit);
    }

    /** There must be no chunk yet. */
    public Content withLayout(ChunkLayout newLayout) {
        return new Content(inline, newLayout, generation, cuts, chunkLimit);
    }

    /** What counts of chunk {@code index}. */
    public VisibleCuts visibility(long index) {
        if (cuts.isEmpty()) {
            return VisibleCuts.NONE;
        }
        long start = index * Mutation.CHUNK_BYTES;
        return new VisibleCuts(cuts.stream()
                .map(cut -> new VisibleCuts.Cut(cut.generation(), (int)
                        Math.max(0, Math.min(Mutation.CHUNK_BYTES, cut.length() - start))))
                .toList());
    }

    public void write(Encoder to) {
        to.u8((inline ? INLINE : 0) | (layout == ChunkLayout.FIRST_NEAR ? FIRST_NEAR : 0))
                .i64(generation)
                .i64(chunkLimit);
        to.list(cuts, (one, cut) -> one.i64(cut.generation()).i64(cut.length()));
    }

    public static Content read(Decoder from) {
        int flags = from.u8();
        if ((flags & ~(INLINE | FIRST_NEAR)) != 0) {
            throw new MalformedException("content with the flags " + flags);
        }
        long generation = from.i64();
        long chunkLimit = from.i64();
        List<Cut> cuts = from.list(MAX_CUTS + 1, cut -> new Cut(cut.i64(), cut.i64()));
        ChunkLayout layout = (flags & FIRST_NEAR) != 0 ? ChunkLayout.FIRST_NEAR : ChunkLayout.SPREAD;
        return new Content((flags & INLINE) != 0, layout, generation, cuts, chunkLimit);
    }
}
