package magma.dht.routing;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.transport.NoContactException;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/** Asks the primaries of slices, here or elsewhere: when one does not answer, or does not lead any more, the next is asked. */
final class Primaries {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 20;
    private static final long PAUSE_MILLIS = 5;

    private final VulcanoId self;
    private final PeerCalls peers;
    private final RoutingTable table;

    Primaries(VulcanoId self, PeerCalls peers, RoutingTable table) {
        this.self = self;
        this.peers = peers;
        this.table = table;
    }

    /**
     * Asks until it is answered, or for as long as anybody is patient. Blocks.
     *
     * @throws FsException as the primary says; EIO when there is none for too long; EREMOTE when this vulcano stops, and others may know one
     */
    <T> T ask(Slice slice, Question<T> question) throws FsException {
        return ask(slice, attempt(slice, question), question);
    }

    /** Waits for the first attempt, and makes more where that comes to nothing. */
    <T> T ask(Slice slice, CompletableFuture<T> first, Question<T> question) throws FsException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        CompletableFuture<T> attempt = first;
        while (true) {
            Throwable problem;
            try {
                return await(slice, attempt);
            } catch (ExecutionException e) {
                problem = cause(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(Errno.EINTR, "interrupted while a slice's primary was asked", e);
            }
            judge(slice, problem);
            if (table.isPast(deadline)) {
                throw new FsException(
                        table.isOver() ? Errno.EREMOTE : Errno.EIO,
                        "slice " + slice.number() + " is not served now: " + problem.getMessage()
                                + ". magma lava shows which vulcanos are missing",
                        problem);
            }
            pause();
            attempt = attempt(slice, question);
        }
    }

    /** Whether a call failed since for all the time that it had nobody served the slice. */
    static boolean isUnserved(FsException failure) {
        Throwable cause = failure.getCause();
        return failure.errno() == Errno.EIO
                && (cause instanceof NotPrimaryException
                        || cause instanceof NoContactException
                        || cause instanceof MovedException);
    }

    /** What ends the asking, or says where to ask next. */
    void judge(Slice slice, Throwable problem) throws FsException {
        if (problem instanceof NotPrimaryException elsewhere) {
            SliceConfig config = elsewhere.config();
            if (config != null) {
                table.learn(slice.number(), config);
            }
        } else if (problem instanceof StorageFullException full) {
            throw new FsException(Errno.ENOSPC, String.valueOf(full.getMessage()), full);
        } else if (problem instanceof StorageException storage) {
            throw new FsException(Errno.EIO, String.valueOf(storage.getMessage()), storage);
        } else if (problem instanceof FsException known) {
            throw known;
        } else if (problem instanceof RuntimeException defect) {
            throw defect;
        } else if (!(problem instanceof NoContactException) && !(problem instanceof MovedException)) {
            throw new FsException(Errno.EIO, String.valueOf(problem.getMessage()), problem);
        }
    }

    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static void pause() throws FsException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a slice has no primary", e);
        }
    }

    /** The one that was asked leads no more, as is known from elsewhere. */
    private static final class MovedException extends Exception {
        private static final long serialVersionUID = 1L;

        MovedException(String message) {
            super(message, null, false, false);
        }
    }

    /** Who is asked for a slice now. */
    private record Asked(VulcanoId primary, long incarnation) {
        static @Nullable Asked of(@Nullable SliceConfig config) {
            return config == null ? null : new Asked(config.primary(), config.incarnation());
        }
    }

    /** Waits for as long as the slice is led by who was asked. */
    <T> T await(Slice slice, CompletableFuture<T> attempt) throws ExecutionException, InterruptedException {
        if (attempt.isDone()) {
            return attempt.get();
        }
        Asked asked = Asked.of(table.config(slice.number()));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return attempt.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (asked != null && !asked.equals(Asked.of(table.config(slice.number())))) {
                    throw new ExecutionException(new MovedException("it is led by another now"));
                }
                if (table.isPast(deadline)) {
                    throw new ExecutionException(new MovedException("its primary does not answer"));
                }
            }
        }
    }

    /** Asks once. Returns at once; what the future fails with, {@link #judge} knows. */
    <T> CompletableFuture<T> attempt(Slice slice, Question<T> question) {
        SliceConfig config = table.config(slice.number());
        if (config == null) {
            return CompletableFuture.failedFuture(new NotPrimaryException(slice.number(), null));
        }
        if (config.primary().equals(self)) {
            return question.here(config);
        }
        return peers.call(config.primary(), question.elsewhere(config))
                .thenCompose(reply -> told(slice, reply, question));
    }

    private static <T> CompletableFuture<T> told(Slice slice, Reply reply, Question<T> question) {
        if (reply instanceof PeerReply.NotPrimary elsewhere) {
            return CompletableFuture.failedFuture(new NotPrimaryException(slice.number(), elsewhere.config()));
        }
        try {
            return CompletableFuture.completedFuture(question.answer(reply));
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
