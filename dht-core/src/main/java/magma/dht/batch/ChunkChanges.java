package magma.dht.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Run;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the stored runs of one chunk, change after change. Carrying changes out twice gives what carrying them out once gives, so that those which the
 * records already show do no harm.
 */
final class ChunkChanges {
    /** @param generation null for a hole */
    private record Change(
            long sequence, Run range, @Nullable Long generation) {}

    private final Deque<Change> changes = new ArrayDeque<>();

    /** Bytes {@code from} to {@code to} (exclusive), none of a higher generation, are stored. */
    void store(long sequence, int from, int to, long generation) {
        changes.add(new Change(sequence, new Run(from, to), generation));
    }

    /** Bytes {@code from} to {@code to} (exclusive) become a hole. */
    void punch(long sequence, int from, int to) {
        changes.add(new Change(sequence, new Run(from, to), null));
    }

    void remove(long sequence) {
        punch(sequence, 0, Mutation.CHUNK_BYTES);
    }

    /** Forgets the changes up to {@code sequence}. @return whether none is left */
    boolean drop(long sequence) {
        while (!changes.isEmpty() && changes.element().sequence() <= sequence) {
            changes.remove();
        }
        return changes.isEmpty();
    }

    /**
     * The runs of some generation and higher ones after all changes.
     *
     * @param before the same before them
     */
    List<Run> over(List<Run> before, long lowest) {
        List<Run> runs = before;
        for (Change change : changes) {
            Long generation = change.generation();
            if (generation == null) {
                runs = without(runs, change.range());
            } else if (generation >= lowest) {
                runs = joined(runs, change.range());
            }
        }
        return runs;
    }

    private static List<Run> joined(List<Run> runs, Run added) {
        List<Run> joined = new ArrayList<>(runs.size() + 1);
        int from = added.from();
        int to = added.to();
        boolean placed = false;
        for (Run run : runs) {
            if (run.to() < from) {
                joined.add(run);
            } else if (run.from() <= to) {
                from = Math.min(from, run.from());
                to = Math.max(to, run.to());
            } else {
                if (!placed) {
                    joined.add(new Run(from, to));
                    placed = true;
                }
                joined.add(run);
            }
        }
        if (!placed) {
            joined.add(new Run(from, to));
        }
        return joined;
    }

    private static List<Run> without(List<Run> runs, Run hole) {
        List<Run> left = new ArrayList<>(runs.size() + 1);
        for (Run run : runs) {
            if (run.from() < Math.min(run.to(), hole.from())) {
                left.add(new Run(run.from(), Math.min(run.to(), hole.from())));
            }
            if (Math.max(run.from(), hole.to()) < run.to()) {
                left.add(new Run(Math.max(run.from(), hole.to()), run.to()));
            }
        }
        return left;
    }
}
