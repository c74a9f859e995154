package magma.it.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import magma.fs.Errno;
import magma.fs.FsException;

/** What one client has seen of the time that its calls took, and of their failures. One thread writes, any reads. */
final class Gauge {
    private static final long SLOW_NANOS = 100_000_000L;
    private static final int SLOW_MOST = 200;

    private volatile long callBegan;
    private volatile long longest;
    private volatile String longestCall = "";
    private volatile long lastBegun;
    private final AtomicLong acknowledged = new AtomicLong();
    private final Map<String, Integer> failures = new TreeMap<>();
    private final List<Slow> slow = new ArrayList<>();

    /** A call that took longer than {@link #SLOW_NANOS}; as System.nanoTime. */
    record Slow(String call, long began, long took) {}

    /** A call that can fail. */
    interface Attempt<T> {
        T run() throws FsException;
    }

    <T> T time(String what, Attempt<T> attempt) throws FsException {
        long began = System.nanoTime();
        callBegan = began;
        try {
            T result = attempt.run();
            lastBegun = began;
            return result;
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.EEXIST) {
                failed(what + " " + e.errno());
            }
            throw e;
        } finally {
            long took = System.nanoTime() - began;
            if (took > SLOW_NANOS) {
                isSlow(new Slow(what, began, took));
            }
            if (took > longest) {
                longest = took;
                longestCall = what;
            }
            callBegan = 0;
        }
    }

    private synchronized void isSlow(Slow call) {
        if (slow.size() < SLOW_MOST) {
            slow.add(call);
        }
    }

    /** The first of the calls that took long. */
    synchronized List<Slow> slow() {
        return List.copyOf(slow);
    }

    private synchronized void failed(String how) {
        failures.merge(how, 1, Integer::sum);
    }

    synchronized Map<String, Integer> failures() {
        return new TreeMap<>(failures);
    }

    void acknowledged() {
        acknowledged.incrementAndGet();
    }

    long acknowledgedCount() {
        return acknowledged.get();
    }

    /** When the latest call began that ended well. */
    long lastBegun() {
        return lastBegun;
    }

    /** The longest call until now, one that is under way included; nanoseconds. */
    long longest() {
        long began = callBegan;
        return Math.max(longest, began == 0 ? 0 : System.nanoTime() - began);
    }

    String longestCall() {
        return longestCall;
    }
}
