package magma.shell;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What must happen before the process ends, also when it is ended by SIGINT, SIGTERM or SIGHUP. Ended by a signal, the process exits with 0: an orderly end is no
 * failure.
 */
final class Ending {

    /** What is done, once. */
    interface Work {
        void end() throws IOException;
    }

    private final Work work;
    private final Thread hook = new Thread(this::onSignal, "magma-ending");
    private final AtomicBoolean done = new AtomicBoolean();

    Ending(Work work) {
        this.work = work;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void onSignal() {
        int status = ExitCode.OK;
        try {
            once();
        } catch (IOException | RuntimeException e) {
            System.err.println("magma: " + e.getMessage());
            status = ExitCode.FAILED;
        }
        System.out.flush();
        Runtime.getRuntime().halt(status);
    }

    private void once() throws IOException {
        if (done.compareAndSet(false, true)) {
            work.end();
        }
    }

    /** Does the work, if no signal was first. */
    void end() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException signal) {
            // The hook runs, and does the work: this thread must not be first to leave.
            awaitHalt();
        }
        once();
    }

    private static void awaitHalt() {
        try {
            Thread.currentThread().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
