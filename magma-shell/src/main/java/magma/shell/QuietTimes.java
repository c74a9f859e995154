package magma.shell;

import java.time.Duration;

/**
 * Finds the moments at which work has ended, from the CPU time that the process took: one for each time in which there was much of it, and none soon after another.
 * For one thread.
 */
final class QuietTimes {
    /** The part of one core that a vulcano which serves nobody stays below, also while its compilers are at work. */
    private static final int BUSY_PERCENT = 10;

    /** For so long there must be little to do. */
    static final Duration QUIET = Duration.ofSeconds(60);

    /** There must have been so much before, in CPU time. */
    static final Duration WORK = Duration.ofSeconds(3);

    /** From one moment to the next. */
    static final Duration APART = Duration.ofMinutes(5);

    private long at;
    private long cpu;
    private long quietSince;
    private long foundAt;
    private Duration work = Duration.ZERO;

    /**
     * @param now a time of System.nanoTime
     * @param cpu what the process has taken until now, in ns
     */
    QuietTimes(long now, long cpu) {
        at = now;
        quietSince = now;
        foundAt = now - APART.toNanos();
        // What it took to start counts.
        work = Duration.ofNanos(cpu);
        this.cpu = cpu;
    }

    /**
     * Learns what was taken since the last time, some seconds ago.
     *
     * @return whether work has ended
     */
    boolean isOne(long now, long taken) {
        Duration spent = Duration.ofNanos(taken - cpu);
        if (spent.toNanos() * 100 >= (now - at) * BUSY_PERCENT) {
            work = work.plus(spent);
            quietSince = now;
        }
        at = now;
        cpu = taken;
        if (now - quietSince < QUIET.toNanos() || work.compareTo(WORK) < 0 || now - foundAt < APART.toNanos()) {
            return false;
        }
        work = Duration.ZERO;
        foundAt = now;
        return true;
    }
}
