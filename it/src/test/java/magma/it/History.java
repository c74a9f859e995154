package magma.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What one worker did below its directory, step by step, each of which changes the tree at one moment or says which moments lie between. One thread adds steps; others
 * may ask how many are done.
 */
final class History {
    /** Tells what was before what, over all workers. */
    private static final AtomicLong CLOCK = new AtomicLong();

    /** What may be seen while a step is under way, of a file that was {@code before} and will be {@code after}. */
    interface Between {
        Between NOTHING = (before, after, seen) -> false;

        /** The content grows at its end. */
        Between GROWTH = (before, after, seen) -> seen.length >= before.length
                && seen.length <= after.length
                && rangeEquals(seen, before, before.length)
                && rangeEquals(seen, after, seen.length);

        /** Some bytes are old and some are new; the length stays. */
        Between MIXTURE = (before, after, seen) -> {
            boolean fits = seen.length == before.length && seen.length == after.length;
            for (int i = 0; fits && i < seen.length; i++) {
                fits = seen[i] == before[i] || seen[i] == after[i];
            }
            return fits;
        };

        boolean allows(byte[] before, byte[] after, byte[] seen);

        private static boolean rangeEquals(byte[] a, byte[] b, int length) {
            return java.util.Arrays.equals(a, 0, length, b, 0, length);
        }
    }

    private static final class Step {
        final Map<String, @Nullable Found> edits;
        final Between between;
        final long began = CLOCK.incrementAndGet();
        volatile long ended;

        Step(Map<String, @Nullable Found> edits, Between between) {
            this.edits = edits;
            this.between = between;
        }
    }

    private final Map<String, Found> base;
    private final Map<String, Found> state;
    private final List<Step> steps = new ArrayList<>();
    private volatile int done;
    private int floor;

    /** @param base what was there before the first step */
    History(Map<String, Found> base) {
        this.base = new HashMap<>(base);
        this.state = new TreeMap<>(base);
    }

    /** What is there if all steps until now happened. */
    Map<String, Found> state() {
        return state;
    }

    /** A step begins. Paths that lead to null go. */
    void begin(Map<String, @Nullable Found> edits, Between between) {
        steps.add(new Step(new LinkedHashMap<>(edits), between));
    }

    /** The step that was begun is acknowledged. */
    void end() {
        Step step = steps.get(steps.size() - 1);
        apply(step, state);
        step.ended = CLOCK.incrementAndGet();
        done = steps.size();
    }

    private static void apply(Step step, Map<String, Found> tree) {
        step.edits.forEach((path, found) -> {
            if (found == null) {
                tree.remove(path);
            } else {
                tree.put(path, found);
            }
        });
    }

    /** How many steps are acknowledged. */
    int done() {
        return done;
    }

    /** The first {@code count} steps are durable. */
    synchronized void durable(int count) {
        floor = Math.max(floor, count);
    }

    synchronized int floor() {
        return floor;
    }

    /**
     * How far the history has happened.
     *
     * @param problem why it cannot have happened so far at all; empty when it can
     * @param lostEnded when the first step ended that certainly is lost; {@link Long#MAX_VALUE} for none
     * @param keptBegan when the last step began that certainly is there; 0 for none
     */
    record Extent(String problem, long lostEnded, long keptBegan) {}

    /** Finds the moments of the history at which the tree was as it is found now: at the floor or later. */
    Extent extent(Map<String, Found> found) {
        Map<String, Found> tree = new HashMap<>(base);
        Set<String> different = new HashSet<>(base.keySet());
        different.addAll(found.keySet());
        different.removeIf(path -> isLike(tree.get(path), found.get(path)));
        List<Integer> moments = new ArrayList<>();
        String closest = "";
        int fewest = Integer.MAX_VALUE;
        for (int at = 0; at <= steps.size(); at++) {
            if (at >= floor()) {
                if (different.isEmpty() || at < steps.size() && isBetween(steps.get(at), tree, found, different)) {
                    moments.add(at);
                } else if (different.size() <= fewest) {
                    fewest = different.size();
                    closest = "after step " + at + " these differ: " + describe(different, tree, found);
                }
            }
            if (at < steps.size()) {
                Step step = steps.get(at);
                apply(step, tree);
                for (String path : step.edits.keySet()) {
                    if (isLike(tree.get(path), found.get(path))) {
                        different.remove(path);
                    } else {
                        different.add(path);
                    }
                }
            }
        }
        if (moments.isEmpty()) {
            return new Extent(
                    "no moment of " + steps.size() + " steps, of which " + floor() + " are durable, fits; " + closest,
                    Long.MAX_VALUE,
                    0);
        }
        int first = moments.get(0);
        int last = moments.get(moments.size() - 1);
        long lost = last < steps.size() ? steps.get(last).ended : 0;
        return new Extent("", lost == 0 ? Long.MAX_VALUE : lost, first == 0 ? 0 : steps.get(first - 1).began);
    }

    private static boolean isLike(@Nullable Found a, @Nullable Found b) {
        return a == null || b == null ? a == b : a.isLike(b);
    }

    private static boolean isBetween(
            Step step, Map<String, Found> tree, Map<String, Found> found, Set<String> different) {
        for (String path : different) {
            boolean fits = step.edits.containsKey(path)
                    && tree.get(path) instanceof Found.File before
                    && step.edits.get(path) instanceof Found.File after
                    && found.get(path) instanceof Found.File seen
                    && seen.mode() == before.mode()
                    && step.between.allows(before.content(), after.content(), seen.content());
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    private static String describe(Set<String> different, Map<String, Found> tree, Map<String, Found> found) {
        List<String> lines = new ArrayList<>();
        for (String path : different.stream().sorted().limit(5).toList()) {
            lines.add(path + " should be " + tree.get(path) + " and is " + found.get(path)
                    + difference(tree.get(path), found.get(path)));
        }
        return String.join("; ", lines) + (different.size() > 5 ? "; and " + (different.size() - 5) + " more" : "");
    }

    private static String difference(@Nullable Found wanted, @Nullable Found seen) {
        return wanted instanceof Found.File one && seen instanceof Found.File other
                ? difference(one.content(), other.content())
                : "";
    }

    /** Where and how content differs, for people; empty where it does not. */
    static String difference(byte[] wanted, byte[] seen) {
        int first = Arrays.mismatch(wanted, seen);
        if (first < 0) {
            return "";
        }
        int different = 0;
        int zeros = 0;
        for (int at = first; at < Math.min(wanted.length, seen.length); at++) {
            boolean isSame = wanted[at] == seen[at];
            different += isSame ? 0 : 1;
            zeros += !isSame && seen[at] == 0 ? 1 : 0;
        }
        return ", from byte " + first + " on " + different + " others, " + zeros + " of them zero";
    }
}
