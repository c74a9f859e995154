package magma.dht.transport.netty;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/**
 * How vulcanos that do not answer, or say no, are tried again: a few connections at once to one address, and after each that failed none for a pause, which grows up to
 * a second, and to ten seconds where a vulcano refuses for good. A hung vulcano's system accepts connections that nobody will ever look at: they must not be many. Safe for all threads.
 */
final class Dialling {
    static final int AT_ONCE = 4;
    private static final Duration FIRST = Duration.ofMillis(50);
    private static final Duration LONGEST = Duration.ofSeconds(1);
    private static final Duration LONGEST_REFUSED = Duration.ofSeconds(10);

    private final LongSupplier nanos;
    private final DoubleSupplier jitter;
    private final Map<NetAddress, Place> places = new ConcurrentHashMap<>();

    /** Makes a connection, or has none. */
    @FunctionalInterface
    interface Attempt<T> {
        T connect() throws IOException, InterruptedException;
    }

    private static final class Place {
        private final Semaphore free = new Semaphore(AT_ONCE);
        private @Nullable IOException failure;
        private int failures;
        private long notBefore;
    }

    Dialling() {
        this(System::nanoTime, () -> ThreadLocalRandom.current().nextDouble());
    }

    /**
     * For tests.
     *
     * @param nanos monotonic
     * @param jitter from 0 to 1
     */
    Dialling(LongSupplier nanos, DoubleSupplier jitter) {
        this.nanos = nanos;
        this.jitter = jitter;
    }

    /**
     * Tries now, or when fewer others try.
     *
     * @throws IOException of the attempt; at once, that of the latest one, while the pause after that lasts
     */
    <T> T to(NetAddress address, Attempt<T> attempt) throws IOException, InterruptedException {
        Place place = places.computeIfAbsent(address, unseen -> new Place());
        demandDue(place);
        place.free.acquire();
        try {
            demandDue(place);
            T made = attempt.connect();
            synchronized (place) {
                place.failure = null;
                place.failures = 0;
            }
            return made;
        } catch (IOException e) {
            failed(place, e);
            throw e;
        } finally {
            place.free.release();
        }
    }

    private void demandDue(Place place) throws IOException {
        synchronized (place) {
            IOException latest = place.failure;
            if (latest != null && nanos.getAsLong() - place.notBefore < 0) {
                throw latest;
            }
        }
    }

    private void failed(Place place, IOException failure) {
        synchronized (place) {
            Duration pause = pause(place.failures, failure);
            place.failure = failure;
            place.failures = Math.min(place.failures + 1, 20);
            // Not all who try do so at the same moment.
            place.notBefore = nanos.getAsLong() + (long) (pause.toNanos() * (0.5 + jitter.getAsDouble() / 2));
        }
    }

    /** @param failures before */
    private static Duration pause(int failures, IOException failure) {
        Duration longest = LONGEST;
        if (failure instanceof RefusedException refused) {
            // It starts, or stops, or does not want this one session: the next may be welcome.
            boolean passes = refused.reason() == Signal.Reason.STOPPING || refused.reason() == Signal.Reason.BUSY;
            longest = passes ? FIRST : LONGEST_REFUSED;
        }
        Duration grown = FIRST.multipliedBy(1L << Math.min(failures, 20));
        return grown.compareTo(longest) < 0 ? grown : longest;
    }
}
