package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import magma.dht.replication.LogEntry;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** The log of one replica as its disk has it: a journal of appends and truncations, of which a loss of power leaves what was synced and some of the rest. */
final class Disk {
    /** Truncates where {@code entry} is null. */
    private record Step(@Nullable LogEntry<Change> entry, long truncateTo) {}

    private final List<Step> journal = new ArrayList<>();
    private int synced;

    void append(LogEntry<Change> entry) {
        journal.add(new Step(entry, 0));
    }

    void truncate(long sequence) {
        journal.add(new Step(null, sequence));
    }

    /** Where a sync that begins now will end. */
    int length() {
        return journal.size();
    }

    void synced(int length) {
        synced = Math.max(synced, length);
    }

    void losePower(Random random) {
        int left = synced + random.nextInt(journal.size() - synced + 1);
        journal.subList(left, journal.size()).clear();
        synced = left;
    }

    Version last() {
        List<LogEntry<Change>> entries = entries();
        return entries.isEmpty()
                ? Version.NONE
                : entries.get(entries.size() - 1).version();
    }

    List<LogEntry<Change>> entries() {
        List<LogEntry<Change>> entries = new ArrayList<>();
        for (Step step : journal) {
            LogEntry<Change> entry = step.entry();
            if (entry != null) {
                put(entries, entry);
            } else {
                entries.subList((int) step.truncateTo(), entries.size()).clear();
            }
        }
        return entries;
    }

    /** A log that was truncated as it should has no entry at the place. */
    private static void put(List<LogEntry<Change>> entries, LogEntry<Change> entry) {
        int place = (int) entry.version().sequence() - 1;
        if (place < entries.size()) {
            entries.set(place, entry);
        } else {
            entries.add(entry);
        }
    }
}
