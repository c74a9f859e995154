package magma.dht.front;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** Carries a session's calls to whoever answers for their flares, and to the next one when that changes. */
final class FrontCalls {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long LONGEST_PAUSE_MILLIS = 20;

    private final Whereabouts whereabouts;
    private final SessionHomes homes;
    private final OperationSlots slots;

    private final Runnable othersHear;

    /** As the client numbered it; null where it is numbered here. */
    private final @Nullable Operation given;

    FrontCalls(Whereabouts whereabouts, SessionHomes homes, OperationSlots slots) {
        this(whereabouts, homes, slots, () -> {});
    }

    /** @param othersHear returns when others have heard of what was changed; called after each change */
    FrontCalls(Whereabouts whereabouts, SessionHomes homes, OperationSlots slots, Runnable othersHear) {
        this(whereabouts, homes, slots, othersHear, null);
    }

    private FrontCalls(
            Whereabouts whereabouts,
            SessionHomes homes,
            OperationSlots slots,
            Runnable othersHear,
            @Nullable Operation given) {
        this.whereabouts = whereabouts;
        this.homes = homes;
        this.slots = slots;
        this.othersHear = othersHear;
        this.given = given;
    }

    /** For the calls of an operation that is numbered already. */
    FrontCalls with(Operation operation) {
        return new FrontCalls(whereabouts, homes, slots, othersHear, operation);
    }

    /** For calls that are not of that operation, though what they are made through came from it. */
    FrontCalls unnumbered() {
        return given == null ? this : new FrontCalls(whereabouts, homes, slots, othersHear, null);
    }

    SessionHomes homes() {
        return homes;
    }

    /** A call, given where it is to be made. */
    @FunctionalInterface
    interface Call<T> {
        T on(FileSystem home) throws FsException;
    }

    /** A call, given the session's part at the home. */
    @FunctionalInterface
    interface HomeCall<T> {
        T on(HomeSession home) throws FsException;
    }

    /** A call of an operation, given the session's part at the home too. */
    @FunctionalInterface
    interface HomeChange<T> {
        T on(HomeSession home, FileSystem numbered) throws FsException;
    }

    /** Who answers for a key, as far as is known; null for nobody. */
    @Nullable
    VulcanoId home(Key key) {
        return whereabouts.home(key);
    }

    /** One that does no harm when it is made twice. */
    <T> T look(Key key, Call<T> call) throws FsException {
        return at(key, home -> call.on(home.plain()));
    }

    /** One that changes something. */
    <T> T change(Key key, Call<T> call) throws FsException {
        return change(key, (home, numbered) -> call.on(numbered));
    }

    /** One that changes something. */
    <T> T change(Key key, HomeChange<T> call) throws FsException {
        if (given != null) {
            return change(key, given, call);
        }
        OperationSlots.Slot slot = slots.take();
        try {
            return change(key, slot.operation(), call);
        } finally {
            slots.give(slot);
        }
    }

    private <T> T change(Key key, Operation first, HomeChange<T> call) throws FsException {
        Operation[] next = {first};
        T changed = at(key, home -> {
            Operation now = next[0];
            next[0] = now.repeated();
            return call.on(home, home.numbered(now));
        });
        othersHear();
        return changed;
    }

    /** To be called after what is changed by other ways than {@link #change(Key, Call)}: content. */
    void othersHear() {
        othersHear.run();
    }

    /** Makes the call at the key's home until it comes to an end. */
    <T> T at(Key key, HomeCall<T> call) throws FsException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        for (int attempt = 0; ; attempt++) {
            VulcanoId home = home(key);
            FsException problem;
            try {
                if (home == null) {
                    throw new FsException(Errno.EREMOTE, "nobody is known to answer for it");
                }
                return call.on(homes.at(home));
            } catch (FsException e) {
                problem = e;
            }
            if (!isElsewhere(problem)) {
                throw problem;
            }
            if (whereabouts.isPast(deadline)) {
                throw new FsException(
                        whereabouts.isKnownElsewhere() ? Errno.EREMOTE : Errno.EIO,
                        "no vulcano answers for " + key + " (" + problem.getMessage()
                                + "); magma lava shows which are missing",
                        problem);
            }
            pause(attempt);
        }
    }

    /** Whether another vulcano, or the same one a little later, may answer. */
    static boolean isElsewhere(FsException problem) {
        return problem.errno() == Errno.EREMOTE || problem.getCause() instanceof NoContactException;
    }

    static void pause(int attempt) throws FsException {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.min(LONGEST_PAUSE_MILLIS, 1L + 2L * attempt));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a vulcano is sought that answers", e);
        }
    }
}
