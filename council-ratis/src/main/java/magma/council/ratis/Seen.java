package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import magma.council.ratis.Messages.Known;
import magma.council.ratis.Messages.Update;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Founding;
import magma.dht.runtime.EventCount;
import org.jspecify.annotations.Nullable;

/**
 * The latest state that this member has seen, and up to which entry of the council's log: as a voter from its own machine, else from what the leader sends. It never goes
 * back. Safe for all threads.
 */
final class Seen {
    private final Consumer<CouncilState> onChange;
    private @Nullable CouncilState state;
    private long index = -1;

    /** How often it has gone on. */
    private final EventCount steps = new EventCount();

    /** @param onChange is called with each state of a new version, in order, under the lock */
    Seen(Consumer<CouncilState> onChange) {
        this.onChange = onChange;
    }

    synchronized @Nullable CouncilState stateOrNull() {
        return state;
    }

    synchronized CouncilState state() {
        if (state == null) {
            throw new IllegalStateException("nothing was heard of the council yet");
        }
        return state;
    }

    synchronized Known known() {
        return state == null ? Known.NOTHING : new Known(state.founding(), index);
    }

    /** A state and index that belong together. */
    record Held(CouncilState state, long index) {}

    synchronized @Nullable Held held() {
        return state == null ? null : new Held(state, index);
    }

    /** Takes what the own machine has applied, if it is later. */
    synchronized void advance(long nextIndex, CouncilState next) {
        if (state != null) {
            long number = state.founding().number();
            if (next.founding().number() < number) {
                return;
            }
            if (next.founding().number() == number && nextIndex <= index) {
                return;
            }
        }
        set(nextIndex, next);
    }

    /**
     * Takes what another member sent, if it is later.
     *
     * @return false when the update does not fit on what is known here
     * @throws IOException when it comes from a council that took no place of ours
     */
    synchronized boolean take(Update update) throws IOException {
        Founding ours = state == null ? null : state.founding();
        if (ours != null && !ours.equals(update.founding())) {
            if (update.founding().number() < ours.number()) {
                throw new IOException("council " + update.founding().number() + " is over, " + ours.number()
                        + " has taken its place");
            }
            if (update.founding().number() == ours.number()) {
                throw new IOException("the council was founded again twice, as " + ours.group() + " and as "
                        + update.founding().group() + ": stop one of them");
            }
        }
        boolean same = update.founding().equals(ours);
        if (same && update.index() <= index) {
            return true;
        }
        byte[] whole = update.state();
        if (whole != null) {
            CouncilState next = CouncilState.decode(whole);
            if (!next.founding().equals(update.founding())) {
                throw new IOException("a state of another council than it says");
            }
            set(update.index(), next);
            return true;
        }
        if (!same || update.base() != index || state == null) {
            return false;
        }
        CouncilState next = state;
        for (byte[] command : update.entries()) {
            next = next.apply(CouncilCommand.decode(command)).state();
        }
        set(update.index(), next);
        return true;
    }

    private void set(long nextIndex, CouncilState next) {
        CouncilState before = state;
        state = next;
        index = nextIndex;
        steps.advance();
        if (before == null || before.version() != next.version()) {
            onChange.accept(next);
        }
    }

    /**
     * Waits until an entry of a council is applied here.
     *
     * @param until as System.nanoTime
     * @return the state, or null when that took too long, or another council has taken its place
     */
    @Nullable
    CouncilState await(Founding founding, long entry, long until) throws InterruptedException {
        long before = steps.read();
        while (!hasCome(founding, entry)) {
            if (!steps.await(before + 1, Duration.ofNanos(until - System.nanoTime()))) {
                return null;
            }
            before = steps.read();
        }
        return stateOf(founding);
    }

    private synchronized boolean hasCome(Founding founding, long entry) {
        return state != null
                && state.founding().number() >= founding.number()
                && (!state.founding().equals(founding) || index >= entry);
    }

    private synchronized @Nullable CouncilState stateOf(Founding founding) {
        return state != null && state.founding().equals(founding) ? state : null;
    }
}
