package magma.dht.front;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import org.jspecify.annotations.Nullable;

/** A lock that a session has asked for, at whichever home the file has meanwhile. Cancelling it as {@link magma.fs.FileSystem#lock} says. */
final class FrontLock extends CompletableFuture<Void> {
    private final FrontCalls calls;
    private final Executor again;
    private final FrontOpens opens;
    private final Key file;
    private final Lock lock;
    private final boolean wait;
    private @Nullable CompletableFuture<Void> asked;
    private boolean withdrawn;

    FrontLock(FrontCalls calls, Executor again, FrontOpens opens, Key file, Lock lock, boolean wait) {
        this.calls = calls;
        this.again = again;
        this.opens = opens;
        this.file = file;
        this.lock = lock;
        this.wait = wait;
    }

    /** Asks the home that the file has now. Does not wait for the lock. */
    void ask() {
        FrontLocks.Asked known = opens.locks().asked(file, lock);
        HomeSession[] at = new HomeSession[1];
        CompletableFuture<Void> request;
        try {
            request = calls.at(file, home -> {
                at[0] = home;
                demandLocked(home);
                return home.plain().lock(file, lock, wait);
            });
        } catch (FsException e) {
            opens.locks().refused(known);
            completeExceptionally(e);
            return;
        }
        boolean late;
        synchronized (this) {
            asked = request;
            late = withdrawn;
        }
        if (late) {
            request.cancel(false);
        }
        CompletableFuture<Void> unused = request.whenComplete((granted, failure) -> {
            if (failure == null) {
                opens.locks().granted(known, at[0]);
            } else {
                opens.locks().refused(known);
            }
            answered(failure);
        });
    }

    /** One that is granted in place of one that was lost would hide that. */
    private void demandLocked(HomeSession home) throws FsException {
        if (!opens.locks().isChecked(file, home)) {
            opens.checkLocks(file, home);
        }
        if (opens.locks().isLost(file, lock.owner())) {
            throw FrontOpens.lostLock();
        }
    }

    private void answered(@Nullable Throwable failure) {
        if (failure == null) {
            complete(null);
            return;
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof FsException known && FrontCalls.isElsewhere(known)) {
            synchronized (this) {
                asked = null;
                if (withdrawn) {
                    completeExceptionally(new FsException(Errno.EINTR, "withdrawn"));
                    return;
                }
            }
            again.execute(() -> {
                try {
                    FrontCalls.pause(1);
                    ask();
                } catch (FsException e) {
                    completeExceptionally(e);
                }
            });
        } else {
            completeExceptionally(cause);
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        if (isDone()) {
            return isCancelled();
        }
        CompletableFuture<Void> request;
        synchronized (this) {
            withdrawn = true;
            request = asked;
        }
        if (request == null) {
            return super.cancel(mayInterrupt);
        }
        // One that was granted meanwhile stays.
        boolean gone = request.cancel(mayInterrupt) || request.isCompletedExceptionally();
        return gone && (super.cancel(mayInterrupt) || isCompletedExceptionally());
    }
}
