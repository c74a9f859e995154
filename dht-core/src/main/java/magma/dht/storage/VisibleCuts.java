package magma.dht.storage;

import java.util.List;

/**
 * A {@link Visibility} in figures.
 *
 * @param cuts oldest first: what was written before a cut's generation ends at the cut; the first that is later than the writing decides
 */
public record VisibleCuts(List<Cut> cuts) implements Visibility {
    /** All that is stored counts. */
    public static final VisibleCuts NONE = new VisibleCuts(List.of());

    /**
     * @param limit offset in the chunk, 0 to {@link Mutation#CHUNK_BYTES}
     */
    public record Cut(long generation, int limit) {
        public Cut {
            if (limit < 0 || limit > Mutation.CHUNK_BYTES) {
                throw new IllegalArgumentException("a cut at " + limit + " of a chunk");
            }
        }
    }

    public VisibleCuts {
        cuts = List.copyOf(cuts);
    }

    /** The figures of any visibility that has some. */
    public static VisibleCuts of(Visibility visibility) {
        if (visibility instanceof VisibleCuts cuts) {
            return cuts;
        } else if (visibility == Visibility.ALL) {
            return NONE;
        }
        throw new IllegalArgumentException("no figures: " + visibility);
    }

    @Override
    public int limit(long generation) {
        for (Cut cut : cuts) {
            if (cut.generation() > generation) {
                return cut.limit();
            }
        }
        return Mutation.CHUNK_BYTES;
    }
}
