package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import magma.dht.replication.LogEntry;
import magma.dht.replication.ReplicationStart;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One replica's slice as its disk has it: a state up to a base, and after it a journal of appends and truncations, of which a loss of power leaves what was synced
 * and some of the rest.
 */
final class Disk {
    /** Truncates where {@code entry} is null. */
    private record Step(long number, @Nullable LogEntry<Change> entry, long truncateTo) {}

    private final List<Step> journal = new ArrayList<>();
    private long last;
    private long synced;
    private Version base = Version.NONE;
    private Table table = new Table();
    private boolean restoring;

    /** What the state may hold some of, from a copy; the log has to reach to there. */
    private Version copied = Version.NONE;

    void append(LogEntry<Change> entry) {
        journal.add(new Step(++last, entry, 0));
    }

    void truncate(long sequence) {
        journal.add(new Step(++last, null, sequence));
    }

    /** The number of the last step: where a sync that begins now will end. */
    long end() {
        return last;
    }

    void synced(long number) {
        synced = Math.max(synced, number);
    }

    void losePower(Random random) {
        List<Step> loose =
                journal.stream().filter(step -> step.number() > synced).toList();
        int lost = loose.isEmpty() ? 0 : random.nextInt(loose.size() + 1);
        journal.removeAll(loose.subList(loose.size() - lost, loose.size()));
        synced = last;
    }

    Version base() {
        return base;
    }

    /** Before the log has come to here the state is none that there has been. */
    Version copied() {
        return copied;
    }

    /** A copy of the state at the base. */
    Table table() {
        return table.copy();
    }

    Version last() {
        NavigableMap<Long, LogEntry<Change>> entries = replay(last);
        return entries.isEmpty() ? base : entries.lastEntry().getValue().version();
    }

    List<LogEntry<Change>> entries() {
        return List.copyOf(replay(last).values());
    }

    private NavigableMap<Long, LogEntry<Change>> replay(long upTo) {
        NavigableMap<Long, LogEntry<Change>> entries = new TreeMap<>();
        for (Step step : journal) {
            LogEntry<Change> entry = step.entry();
            if (step.number() > upTo) {
                break;
            }
            if (entry != null) {
                entries.put(entry.version().sequence(), entry);
            } else {
                entries.tailMap(step.truncateTo(), false).clear();
            }
        }
        return entries;
    }

    /** What a copy brought along is committed. */
    private void advance(Version to) {
        while (base.compareTo(to) < 0) {
            advance(replay(last).get(base.sequence() + 1));
        }
        journal.removeIf(step -> step.entry() != null && step.entry().version().sequence() <= base.sequence());
    }

    private void advance(@Nullable LogEntry<Change> entry) {
        if (entry == null) {
            throw new Invariants.Violation("a log without what comes after " + base);
        }
        table.apply(entry);
        base = entry.version();
    }

    /** Moves the base on, to any place that is committed and synced. */
    void checkpoint(long committed, Random random) {
        NavigableMap<Long, LogEntry<Change>> safe = replay(synced);
        NavigableMap<Long, LogEntry<Change>> all = replay(last);
        int most = 0;
        for (Map.Entry<Long, LogEntry<Change>> each : safe.entrySet()) {
            if (each.getKey() > committed || !each.getValue().equals(all.get(each.getKey()))) {
                break;
            }
            most++;
        }
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            LogEntry<Change> entry = safe.pollFirstEntry().getValue();
            table.apply(entry);
            base = entry.version();
        }
        List<Step> rest =
                journal.stream().filter(step -> step.number() > synced).toList();
        journal.clear();
        safe.values().forEach(entry -> journal.add(new Step(synced, entry, 0)));
        journal.addAll(rest);
    }

    /** From now on until the copy is here there is nothing. */
    void beginRestore() {
        restoring = true;
        journal.clear();
        synced = last;
        base = Version.NONE;
    }

    void restore(Table.Place place, Table.@Nullable Cell cell) {
        table.put(place, cell);
    }

    void endRestore(Version at, Version upTo) {
        restoring = false;
        base = at;
        copied = upTo;
    }

    /** Nothing is left. */
    void wipe() {
        beginRestore();
        endRestore(Version.NONE, Version.NONE);
        table = new Table();
    }

    /** Whether what is here is of no use: no copy that was begun has ended, or what it holds a part of is not in the log. */
    boolean isUnfinished() {
        return restoring || last().compareTo(copied) < 0;
    }

    /** What a process finds. */
    ReplicationStart<Change> start(boolean clean) {
        if (isUnfinished()) {
            wipe();
        }
        advance(copied);
        return new ReplicationStart<>(base, entries(), clean);
    }
}
