package magma.dht.runtime;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Runs tasks on another executor, or where they come from, one at a time, in the order in which they came. */
public final class SerialLane implements Executor {
    private final Executor workers;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    public SerialLane(Executor workers) {
        this.workers = workers;
    }

    @Override
    public synchronized void execute(Runnable task) {
        waiting.add(task);
        if (!running) {
            running = true;
            workers.execute(this::runAll);
        }
    }

    /**
     * Runs a quick task at once, on this thread, where no other runs or waits. What comes meanwhile waits for it.
     *
     * @return false when it was not run
     */
    public boolean tryHere(Runnable task) {
        synchronized (this) {
            if (running) {
                return false;
            }
            running = true;
        }
        try {
            task.run();
        } finally {
            goOn();
        }
        return true;
    }

    private synchronized void goOn() {
        running = !waiting.isEmpty();
        if (running) {
            workers.execute(this::runAll);
        }
    }

    private void runAll() {
        boolean done = false;
        try {
            for (Runnable task = next(); task != null; task = next()) {
                task.run();
            }
            done = true;
        } finally {
            if (!done) {
                goOn();
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable task = waiting.poll();
        running = task != null;
        return task;
    }
}
