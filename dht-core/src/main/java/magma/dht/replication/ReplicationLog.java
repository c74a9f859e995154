package magma.dht.replication;

import java.util.ArrayList;
import java.util.List;
import magma.dht.storage.Version;

/** A replica's log as far as it is known here: its entries, how far they are written, synced and committed. */
final class ReplicationLog<P> {
    private final List<LogEntry<P>> entries;
    private long appended;
    private long synced;
    private long committed;

    /** @param entries what the disk has, from sequence 1 on without a hole */
    ReplicationLog(List<LogEntry<P>> entries) {
        this.entries = new ArrayList<>(entries);
        for (int i = 0; i < entries.size(); i++) {
            Version version = entries.get(i).version();
            if (version.sequence() != i + 1
                    || (i > 0 && version.epoch() < versionAt(i).epoch())) {
                throw new IllegalArgumentException(version + " at place " + (i + 1) + " of a log");
            }
        }
        this.appended = entries.size();
        this.synced = entries.size();
    }

    Version last() {
        return versionAt(entries.size());
    }

    long lastSequence() {
        return entries.size();
    }

    /** The version of the entry with this sequence; {@link Version#NONE} for 0. */
    Version versionAt(long sequence) {
        return sequence == 0 ? Version.NONE : entries.get((int) sequence - 1).version();
    }

    /** Whether the log has this very version. */
    boolean has(Version version) {
        return version.sequence() <= entries.size()
                && versionAt(version.sequence()).equals(version);
    }

    /** At most {@code most} entries after {@code sequence}. */
    List<LogEntry<P>> after(long sequence, int most) {
        int from = (int) Math.min(sequence, entries.size());
        return List.copyOf(entries.subList(from, from + Math.min(entries.size() - from, most)));
    }

    void append(LogEntry<P> entry) {
        if (entry.version().sequence() != entries.size() + 1 || entry.version().epoch() < last().epoch()) {
            throw new IllegalStateException(entry.version() + " cannot come after " + last());
        }
        entries.add(entry);
    }

    /** Drops what comes after {@code sequence}. */
    void truncate(long sequence) {
        if (sequence < committed) {
            throw new IllegalStateException(
                    "entry " + committed + " is committed, yet all after " + sequence + " shall go");
        }
        entries.subList((int) sequence, entries.size()).clear();
        appended = Math.min(appended, sequence);
        synced = Math.min(synced, sequence);
    }

    long appended() {
        return appended;
    }

    /** A word on what was cut off since counts for nothing. */
    void appended(Version version) {
        if (has(version)) {
            appended = Math.max(appended, version.sequence());
        }
    }

    long synced() {
        return synced;
    }

    void synced(Version version) {
        if (has(version)) {
            synced = Math.max(synced, Math.min(version.sequence(), appended));
        }
    }

    long committed() {
        return committed;
    }

    /** Nothing counts as committed any more. */
    void commitAgain() {
        committed = 0;
    }

    /** @return whether it is more than before */
    boolean commit(long sequence) {
        if (sequence <= committed) {
            return false;
        }
        if (sequence > entries.size()) {
            throw new IllegalStateException("commit of " + sequence + " in a log that ends with " + last());
        }
        committed = sequence;
        return true;
    }
}
