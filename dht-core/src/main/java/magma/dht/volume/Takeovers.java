package magma.dht.volume;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.SliceState.LockedBy;
import magma.dht.record.RecordKind;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.fs.Errno;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is to be done for a slice when this vulcano begins to lead it: transactions that nobody ends are ended, what was to be cleaned is cleaned, and when sessions have
 * had the time to come, what those that did not come held and locked is let go. All of it behind everybody's back, and again until it is done or the term is over.
 */
final class Takeovers {
    private static final Logger log = LoggerFactory.getLogger(Takeovers.class);

    /** A transaction that was prepared when the term began and is so still has lost its coordinator. */
    private static final Duration SETTLE = Duration.ofSeconds(5);

    /** After a failure. */
    private static final Duration AGAIN = Duration.ofSeconds(2);

    /** Until what is led is led for sure. */
    private static final Duration SOON = Duration.ofMillis(50);

    private final LavaVolume volume;
    private final Duration grace;
    private final Set<Long> led = ConcurrentHashMap.newKeySet();

    /** Those that wait for sessions. Guarded by itself. */
    private final Set<Long> reclaiming = new HashSet<>();

    private CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);

    Takeovers(LavaVolume volume, Duration grace) {
        this.volume = volume;
        this.grace = grace;
    }

    /** Part of what is to be done. */
    @FunctionalInterface
    private interface Duty {
        void carryOut(Term term) throws FsException;
    }

    /** The slice is led here from now on. */
    void gained(long number) {
        led.add(number);
        synchronized (reclaiming) {
            if (reclaiming.isEmpty()) {
                settled = new CompletableFuture<>();
            }
            reclaiming.add(number);
        }
        volume.later(Duration.ZERO, () -> begin(number));
    }

    /** It is not any more. */
    void lost(long number) {
        led.remove(number);
        reclaimed(number);
    }

    private void reclaimed(long number) {
        CompletableFuture<Void> all = null;
        synchronized (reclaiming) {
            if (reclaiming.remove(number) && reclaiming.isEmpty()) {
                all = settled;
            }
        }
        if (all != null) {
            all.complete(null);
        }
    }

    /** Completes when no slice waits for sessions any more. */
    CompletableFuture<Void> settled() {
        synchronized (reclaiming) {
            return settled;
        }
    }

    /** Whether sessions have had the time to learn that the slice is led here, if it is. */
    boolean isSettled(long number) {
        synchronized (reclaiming) {
            return !reclaiming.contains(number);
        }
    }

    private void begin(long number) {
        if (!led.contains(number)) {
            return;
        }
        Slice slice = volume.slices().map().numbered(number);
        long term = slice == null ? 0 : volume.slices().term(slice);
        if (slice == null || term == 0) {
            volume.later(SOON, () -> begin(number));
            return;
        }
        Term begun = new Term(volume.slices(), slice, term);
        volume.later(grace, () -> carryOut(begun, this::endReclaim));
        carryOut(begun, this::findTransactions);
        carryOut(begun, this::findCleanings);
        carryOut(begun, this::loadLocks);
    }

    private void carryOut(Term term, Duty duty) {
        try {
            duty.carryOut(term);
        } catch (FsException e) {
            if (term.isFollowed() || !led.contains(term.slice().number())) {
                return;
            }
            if (e.errno() != Errno.EREMOTE) {
                log.warn(
                        "Slice {} is led here now, but not all is in order yet: {}. It is tried again.",
                        term.slice().number(),
                        e.getMessage());
            }
            volume.later(AGAIN, () -> carryOut(term, duty));
        }
    }

    private void findTransactions(Term term) throws FsException {
        List<LockedBy> pending = volume.slices().pending(term.slice());
        if (!pending.isEmpty()) {
            volume.later(SETTLE, () -> carryOut(term, now -> settle(now, pending)));
        }
    }

    private void settle(Term term, List<LockedBy> old) throws FsException {
        term.demand();
        int ended = volume.namespace().settle(term.slice(), old);
        if (ended > 0) {
            log.info(
                    "Ended {} transactions in slice {} whose vulcano was lost",
                    ended,
                    term.slice().number());
        }
    }

    private void findCleanings(Term term) throws FsException {
        volume.housekeeper().findCleanings(term.slice());
    }

    private void loadLocks(Term term) throws FsException {
        for (RecordId locks : volume.housekeeper().all(term.slice(), RecordKind.LOCKS)) {
            volume.locks().load(locks.key());
        }
    }

    /** Sessions have had the time to come. */
    private void endReclaim(Term term) throws FsException {
        volume.namespace().endReclaim(term.slice(), term.number());
        loadLocks(term);
        volume.locks().endUnknown(term.slice(), volume.sessions()::isKnown);
        reclaimed(term.slice().number());
    }
}
