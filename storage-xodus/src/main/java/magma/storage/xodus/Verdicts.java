package magma.storage.xodus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.storage.Version;

/**
 * What the log as a whole says of the records of slices: which never happened, and which are committed. It is told all records first, in order, and asked
 * then.
 *
 * <p>A slice's history has eras: where it was forgotten another begins, in which versions may be earlier than in the one before. What is told of commit
 * points is kept for each segment, for where an era began may be told later than what was told in it.
 */
final class Verdicts {
    private final Map<Long, Eras> slices = new HashMap<>();

    private static final class Eras {
        final List<Frame> truncations = new ArrayList<>();
        final TreeSet<Long> begins = new TreeSet<>();

        /** The latest commit point that was told, by where segment or era began, whichever was later. */
        final TreeMap<Long, Version> told = new TreeMap<>();

        private long from;
        private long to;
        private Version commit = Version.NONE;

        void tell(long position, Version version) {
            long segment = Position.of(Position.segment(position), 0);
            Long begin = begins.floor(position);
            told.merge(begin == null ? segment : Math.max(segment, begin), version, Verdicts::later);
            to = 0;
        }

        /** Whether two positions, the second not before the first, lie in one era. */
        boolean isSame(long first, long second) {
            Long begin = begins.floor(second);
            return begin == null || begin <= first;
        }

        /** The latest commit point of the era to which {@code position} belongs. */
        Version commit(long position) {
            if (position < from || position >= to) {
                Long begin = begins.floor(position);
                Long end = begins.higher(position);
                from = begin == null ? 0 : begin;
                to = end == null ? Long.MAX_VALUE : end;
                commit = told.subMap(from, to).values().stream().reduce(Version.NONE, Verdicts::later);
            }
            return commit;
        }
    }

    static Version later(Version a, Version b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private Eras of(long slice) {
        return slices.computeIfAbsent(slice, number -> new Eras());
    }

    /** Tells the next record. */
    void note(Frame frame) {
        switch (frame.type()) {
            case TRUNCATION -> of(frame.slice()).truncations.add(frame);
            case FORGET -> {
                Eras eras = of(frame.slice());
                eras.truncations.add(frame);
                eras.tell(frame.before() - 1, frame.version());
                eras.begins.add(frame.before());
            }
            case ENTRY -> of(frame.slice()).tell(frame.position(), frame.commit());
            case TAKEN_UP -> of(frame.slice()).tell(frame.position(), frame.version());
            case POINTS, COMMITS ->
                frame.points().forEach(point -> of(point.slice()).tell(frame.position(), point.commit()));
            default -> {}
        }
    }

    /** Tells that what lies before {@code position} was committed up to these versions. */
    void note(long position, List<Frame.Tail> commits) {
        commits.forEach(commit -> of(commit.slice()).tell(position - 1, commit.version()));
    }

    /** Whether the record never happened. */
    boolean isTruncated(Frame frame) {
        Eras eras = frame.isEntry() ? slices.get(frame.slice()) : null;
        if (eras == null) {
            return false;
        }
        for (Frame truncation : eras.truncations) {
            if (frame.position() < truncation.before()
                    && frame.version().compareTo(truncation.version()) > 0
                    && eras.isSame(frame.position(), truncation.before() - 1)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a log record of a slice is committed, if it ever happened. */
    boolean isCommitted(Frame frame) {
        return frame.type() == Frame.Type.MUTATIONS
                || frame.version().compareTo(of(frame.slice()).commit(frame.position())) <= 0;
    }

    /** The commit point in the slice's last era. */
    Version commit(long slice) {
        return of(slice).commit(Long.MAX_VALUE - 1);
    }
}
