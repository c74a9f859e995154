package magma.vulcano;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import magma.dht.routing.NetworkSlices;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sees to it that a starting vulcano's network has a root; waits for as long as nobody serves the slice in which it is, as when those who can are not started yet. */
final class RootMaking {
    private static final Logger log = LoggerFactory.getLogger(RootMaking.class);

    /** Then the start fails, and says why. */
    static final Duration LIMIT = Duration.ofMinutes(10);

    /** What takes longer is told. */
    private static final Duration SAID = Duration.ofSeconds(3);

    private final LongSupplier nanos;
    private final Supplier<String> waitsFor;

    /** Makes the root where there is none. */
    @FunctionalInterface
    interface Making {
        void make() throws FsException;
    }

    /** Looked at between two attempts. */
    @FunctionalInterface
    interface Welcome {
        /** @throws IOException when this vulcano is not to go on */
        void check() throws IOException;
    }

    /**
     * For one start.
     *
     * @param nanos monotonic
     * @param waitsFor says for whom it waits
     */
    RootMaking(LongSupplier nanos, Supplier<String> waitsFor) {
        this.nanos = nanos;
        this.waitsFor = waitsFor;
    }

    /** @throws IOException what {@code making} throws, other than that the slice is not served; that too after {@link #LIMIT} */
    void run(Making making, Welcome welcome) throws IOException {
        long began = nanos.getAsLong();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture.delayedExecutor(SAID.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    if (!over.get()) {
                        log.warn("Waiting for {}", waitsFor.get());
                    }
                });
        try {
            while (true) {
                try {
                    making.make();
                    return;
                } catch (FsException e) {
                    if (!NetworkSlices.isUnserved(e)) {
                        throw e;
                    }
                    if (nanos.getAsLong() - began > LIMIT.toNanos()) {
                        throw new FsException(
                                e.errno(),
                                "waited " + LIMIT.toMinutes() + " minutes for " + waitsFor.get() + ": "
                                        + e.getMessage(),
                                e);
                    }
                    log.debug("The root is not there yet", e);
                }
                welcome.check();
            }
        } finally {
            over.set(true);
        }
    }
}
