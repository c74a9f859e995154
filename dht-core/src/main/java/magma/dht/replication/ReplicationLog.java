package magma.dht.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import magma.dht.storage.Version;

/**
 * A replica's log as far as it is kept here: the entries after a base, and how far they are written, synced and committed. What comes up to the base is committed
 * and synced, and its entries are forgotten.
 */
final class ReplicationLog<P> {
    /** What an entry takes beside its payload, about, in bytes. */
    private static final int ENTRY_BYTES = 64;

    private final ToIntFunction<P> weight;
    private Ring<LogEntry<P>> entries = new Ring<>();
    private Version base;
    private long bytes;
    private long appended;
    private long synced;
    private long committed;

    /** @param entries what the disk has after {@code base} */
    ReplicationLog(Version base, List<LogEntry<P>> entries, ToIntFunction<P> weight) {
        this.weight = weight;
        this.base = base;
        entries.forEach(this::append);
        this.appended = lastSequence();
        this.synced = lastSequence();
        this.committed = base.sequence();
    }

    /** All is gone, and the state is what it was at {@code at}. */
    void reset(Version at) {
        entries = new Ring<>();
        bytes = 0;
        base = at;
        appended = at.sequence();
        synced = at.sequence();
        committed = at.sequence();
    }

    Version base() {
        return base;
    }

    Version last() {
        return versionAt(lastSequence());
    }

    long lastSequence() {
        return base.sequence() + entries.size();
    }

    /** The version of the entry with this sequence, from that of the base to the last. */
    Version versionAt(long sequence) {
        return sequence == base.sequence() ? base : entry(sequence).version();
    }

    private LogEntry<P> entry(long sequence) {
        return entries.get(Math.toIntExact(sequence - base.sequence() - 1));
    }

    /** Whether the log has this very version, so that it is the same as any other up to there that has it. False also for what is forgotten. */
    boolean has(Version version) {
        return version.sequence() >= base.sequence()
                && version.sequence() <= lastSequence()
                && versionAt(version.sequence()).equals(version);
    }

    /** Whether it is certain that this very version never was in the log. */
    boolean lacks(Version version) {
        return version.sequence() >= base.sequence() && !has(version);
    }

    /** Entries after {@code sequence}: at least one where there is one, then as long as they are not more than {@code most} nor weigh more than {@code mostBytes}. */
    List<LogEntry<P>> after(long sequence, int most, long mostBytes) {
        List<LogEntry<P>> batch = new ArrayList<>((int) Math.min(most, Math.max(0, lastSequence() - sequence)));
        long taken = 0;
        for (long next = sequence + 1; next <= lastSequence() && batch.size() < most; next++) {
            LogEntry<P> entry = entry(next);
            taken += bytes(entry);
            if (taken > mostBytes && !batch.isEmpty()) {
                break;
            }
            batch.add(entry);
        }
        return batch;
    }

    private int bytes(LogEntry<P> entry) {
        P payload = entry.payload();
        return ENTRY_BYTES + (payload == null ? 0 : weight.applyAsInt(payload));
    }

    void append(LogEntry<P> entry) {
        entry.mustFollow(last());
        entries.add(entry);
        bytes += bytes(entry);
    }

    /** Drops what comes after {@code sequence}, nothing of which is committed. */
    void truncate(long sequence) {
        if (sequence < committed) {
            throw new IllegalStateException(
                    "entry " + committed + " is committed, yet all after " + sequence + " shall go");
        }
        while (lastSequence() > sequence) {
            bytes -= bytes(entry(lastSequence()));
            entries.removeLast();
        }
        appended = Math.min(appended, sequence);
        synced = Math.min(synced, sequence);
    }

    /**
     * Forgets entries from the front while there are more than {@code most}, or they weigh more than {@code mostBytes}; only such as are committed and synced.
     *
     * @return whether more could go if more were synced
     */
    boolean trim(int most, long mostBytes) {
        while (entries.size() > 0 && (entries.size() > most || bytes > mostBytes)) {
            if (base.sequence() >= Math.min(committed, synced)) {
                return base.sequence() < committed;
            }
            LogEntry<P> front = entries.get(0);
            base = front.version();
            bytes -= bytes(front);
            entries.removeFirst();
        }
        return false;
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

    /** @return whether it is more than before */
    boolean commit(long sequence) {
        if (sequence <= committed) {
            return false;
        }
        if (sequence > lastSequence()) {
            throw new IllegalStateException("commit of " + sequence + " in a log that ends with " + last());
        }
        committed = sequence;
        return true;
    }
}
