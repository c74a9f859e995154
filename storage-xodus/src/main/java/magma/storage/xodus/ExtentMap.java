package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/** The extents of a chunk, in order, none over another. Immutable. */
final class ExtentMap {
    static final ExtentMap EMPTY = new ExtentMap(new Extent[0]);

    private final Extent[] extents;

    private ExtentMap(Extent[] extents) {
        this.extents = extents;
    }

    /** @throws IllegalArgumentException when they overlap or are out of order */
    static ExtentMap of(List<Extent> extents) {
        for (int i = 1; i < extents.size(); i++) {
            if (extents.get(i - 1).to() > extents.get(i).from()) {
                throw new IllegalArgumentException("extents overlap");
            }
        }
        return extents.isEmpty() ? EMPTY : new ExtentMap(extents.toArray(Extent[]::new));
    }

    int size() {
        return extents.length;
    }

    boolean isEmpty() {
        return extents.length == 0;
    }

    Extent get(int i) {
        return extents[i];
    }

    /** The index of the first extent that ends after {@code offset}; {@link #size} when none does. */
    int firstAfter(int offset) {
        int low = 0;
        int high = extents.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (extents[middle].to() > offset) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The index after the last extent that follows the {@code i}-th without a gap and is of its generation. */
    int endOfRun(int i) {
        int end = i + 1;
        while (end < extents.length
                && extents[end].from() == extents[end - 1].to()
                && extents[end].generation() == extents[i].generation()) {
            end++;
        }
        return end;
    }

    ExtentMap punch(int from, int to) {
        return replace(from, to, null);
    }

    ExtentMap write(Extent extent) {
        return replace(extent.from(), extent.to(), extent);
    }

    private ExtentMap replace(int from, int to, @Nullable Extent with) {
        int first = firstAfter(from);
        boolean touched = with != null || first < extents.length && extents[first].from() < to;
        if (!touched) {
            return this;
        }
        List<Extent> changed = new ArrayList<>(extents.length + 2);
        for (int i = 0; i < first; i++) {
            changed.add(extents[i]);
        }
        int next = first;
        Extent tail = null;
        for (; next < extents.length && extents[next].from() < to; next++) {
            Extent old = extents[next];
            if (old.from() < from) {
                changed.add(old.part(old.from(), from));
            }
            if (old.to() > to) {
                tail = old.part(to, old.to());
            }
        }
        if (with != null) {
            add(changed, with);
        }
        if (tail != null) {
            add(changed, tail);
        }
        if (next < extents.length) {
            add(changed, extents[next++]);
        }
        for (; next < extents.length; next++) {
            changed.add(extents[next]);
        }
        return changed.isEmpty() ? EMPTY : new ExtentMap(changed.toArray(Extent[]::new));
    }

    private static void add(List<Extent> extents, Extent extent) {
        Extent last = extents.isEmpty() ? null : extents.get(extents.size() - 1);
        Extent joined = last == null ? null : last.join(extent);
        if (joined == null) {
            extents.add(extent);
        } else {
            extents.set(extents.size() - 1, joined);
        }
    }

    /** Where the bytes of {@code moved} still lie at {@code source}, they lie in {@code moved} from now on. */
    ExtentMap move(Extent moved, long source) {
        ExtentMap changed = this;
        for (int i = firstAfter(moved.from()); i < extents.length && extents[i].from() < moved.to(); i++) {
            Extent old = extents[i];
            if (old.source() - old.from() == source - moved.from()) {
                changed = changed.write(moved.part(Math.max(old.from(), moved.from()), Math.min(old.to(), moved.to())));
            }
        }
        return changed;
    }

    List<Run> runs(Visibility visibility) {
        List<Run> runs = new ArrayList<>();
        int from = -1;
        int end = -1;
        for (Extent extent : extents) {
            int to = Math.min(extent.to(), visibility.limit(extent.generation()));
            if (to <= extent.from()) {
                continue;
            }
            if (extent.from() != end) {
                if (from >= 0) {
                    runs.add(new Run(from, end));
                }
                from = extent.from();
            }
            end = to;
        }
        if (from >= 0) {
            runs.add(new Run(from, end));
        }
        return runs;
    }

    /** About how many bytes of memory it takes. */
    int weight() {
        int weight = 32;
        for (Extent extent : extents) {
            weight += 104 + Integer.BYTES * extent.crcs().length;
        }
        return weight;
    }
}
