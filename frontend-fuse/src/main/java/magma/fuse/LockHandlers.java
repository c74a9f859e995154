package magma.fuse;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Requests;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests about locks. One that must be waited for holds no thread: it is answered by whoever completes the volume's future,
 * or withdrawn by INTERRUPT.
 */
final class LockHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(LockHandlers.class);

    /** How many interrupts are remembered that came before what they interrupt. */
    private static final int MOST_EARLY = 1024;

    private final MountState state;
    private final FileSystem fileSystem;

    /** Requests that wait for a lock. */
    private final ConcurrentHashMap<Long, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

    /** Who has, or has asked for, POSIX locks on a file: only for them closing it must release any. */
    private final ConcurrentHashMap<Key, Set<Long>> posixOwners = new ConcurrentHashMap<>();

    /** Guarded by itself. */
    private final LinkedHashSet<Long> earlyInterrupts = new LinkedHashSet<>();

    LockHandlers(MountState state) {
        this.state = state;
        this.fileSystem = state.fileSystem;
    }

    void test(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.LockRange request = Requests.LockRange.read(exchange.body());
        Optional<Lock> conflict = request.type() == Requests.LockRange.UNLOCK
                ? Optional.empty()
                : fileSystem.findConflict(state.nodes.key(exchange.node()), lock(request));
        if (conflict.isPresent()) {
            Replies.putLock(exchange.answer(), conflict.get());
        } else {
            Replies.putNoLock(exchange.answer());
        }
        exchange.send();
    }

    void set(Exchange exchange) throws IOException, MalformedMessageException {
        set(exchange, false);
    }

    void setWaiting(Exchange exchange) throws IOException, MalformedMessageException {
        set(exchange, true);
    }

    private void set(Exchange exchange, boolean wait) throws IOException, MalformedMessageException {
        Requests.LockRange request = Requests.LockRange.read(exchange.body());
        Key key = state.nodes.key(exchange.node());
        Lock lock = lock(request);
        if (request.type() == Requests.LockRange.UNLOCK) {
            fileSystem.unlock(key, lock.family(), lock.owner(), lock.range());
            exchange.sendDone();
            return;
        }
        if (lock.family() == Lock.Family.POSIX) {
            remember(key, request.owner());
        }
        long unique = exchange.header().unique();
        CompletableFuture<Void> granted = fileSystem.lock(key, lock, wait);
        Exchange.Later answer = exchange.later();
        if (!granted.isDone()) {
            waiting.put(unique, granted);
        }
        CompletableFuture<Void> answered = granted.whenComplete((nothing, failure) -> {
            waiting.remove(unique, granted);
            if (failure == null && lock.family() == Lock.Family.POSIX) {
                // The same process may have closed the file by another descriptor meanwhile, and released all that it
                // had.
                remember(key, request.owner());
            }
            // What was written before the unlock that made way must be seen: first forget what is cached.
            state.invalidations.whenTold(() -> answer(answer, failure));
        });
        if (tookEarly(unique) && !answered.isDone()) {
            granted.cancel(false);
        }
    }

    private void remember(Key file, long owner) {
        posixOwners.compute(file, (key, owners) -> with(owners, owner));
    }

    private static Set<Long> with(@Nullable Set<Long> owners, long owner) {
        Set<Long> all = owners == null ? ConcurrentHashMap.newKeySet() : owners;
        all.add(owner);
        return all;
    }

    private static void answer(Exchange.Later answer, @Nullable Throwable failure) {
        try {
            answer.send(failure == null ? 0 : errno(failure).number());
        } catch (IOException e) {
            LOG.error("A lock could not be answered", e);
        }
    }

    private static Errno errno(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof FsException refusal) {
            return refusal.errno();
        }
        if (cause instanceof CancellationException) {
            return Errno.EINTR;
        }
        LOG.error("A lock failed in a way that is not foreseen; answered with EIO", cause);
        return Errno.EIO;
    }

    private static Lock lock(Requests.LockRange request) {
        return new Lock(
                request.isFlock() ? Lock.Family.FLOCK : Lock.Family.POSIX,
                new Lock.Owner(request.owner()),
                request.type() == Requests.LockRange.WRITE_LOCK,
                request.isFlock() ? Lock.Range.ALL : new Lock.Range(request.start(), request.end()),
                request.pid());
    }

    /** What close(2) does: the owner has no locks on the file any more. */
    void releasePosix(Key file, long owner) throws FsException {
        Set<Long> owners = posixOwners.get(file);
        if (owners == null || !owners.contains(owner)) {
            return;
        }
        // First: what is granted from now on is remembered anew.
        posixOwners.computeIfPresent(file, (key, all) -> {
            all.remove(owner);
            return all.isEmpty() ? null : all;
        });
        try {
            fileSystem.unlock(file, Lock.Family.POSIX, new Lock.Owner(owner), Lock.Range.ALL);
        } catch (FsException | RuntimeException e) {
            remember(file, owner);
            throw e;
        }
    }

    void releaseFlock(Key file, long owner) throws FsException {
        fileSystem.unlock(file, Lock.Family.FLOCK, new Lock.Owner(owner), Lock.Range.ALL);
    }

    /** Only waiting for locks can be interrupted; all else is soon done. */
    void interrupt(Exchange exchange) throws MalformedMessageException {
        long unique = Requests.Interrupt.read(exchange.body()).unique();
        CompletableFuture<Void> lock = waiting.get(unique);
        if (lock != null) {
            lock.cancel(false);
            return;
        }
        synchronized (earlyInterrupts) {
            earlyInterrupts.add(unique);
            if (earlyInterrupts.size() > MOST_EARLY) {
                earlyInterrupts.remove(earlyInterrupts.iterator().next());
            }
        }
        // It may have begun to wait between the look and the note.
        CompletableFuture<Void> late = waiting.get(unique);
        if (late != null) {
            late.cancel(false);
        }
    }

    private boolean tookEarly(long unique) {
        synchronized (earlyInterrupts) {
            return earlyInterrupts.remove(unique);
        }
    }
}
