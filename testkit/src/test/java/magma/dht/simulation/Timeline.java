package magma.dht.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time in nanoseconds: tasks run in the order of their times, those of one time in the order in which they came. */
final class Timeline {
    private record Task(long time, long number, Runnable work) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::time).thenComparingLong(Task::number));
    private long now;
    private long number;

    long now() {
        return now;
    }

    void after(long nanos, Runnable work) {
        tasks.add(new Task(now + Math.max(0, nanos), number++, work));
    }

    /** Runs what there is to do until {@code time}. */
    void runUntil(long time) {
        while (runNext(time)) {}
        now = Math.max(now, time);
    }

    /**
     * Runs what is to be done next, if that is at {@code latest}. A task may call it: then others are done in the middle of that one.
     *
     * @return false where there is nothing until then
     */
    boolean runNext(long latest) {
        if (tasks.isEmpty() || tasks.element().time() > latest) {
            return false;
        }
        Task task = tasks.remove();
        now = task.time();
        task.work().run();
        return true;
    }
}
