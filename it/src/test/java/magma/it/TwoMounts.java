package magma.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A network of three processes, and two mounts of it in processes of their own: the first is connected to vulcano 0, the second to vulcano 1. Each goes on with the others. */
public final class TwoMounts implements AutoCloseable {
    private static final int SIZE = 3;
    private static final long PATIENCE_MINUTES = 4;

    private final LavaNetwork network;
    private final List<MountProcess> mounts = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "side");
        thread.setDaemon(true);
        return thread;
    });

    private TwoMounts(LavaNetwork network) {
        this.network = network;
    }

    /** @param top an empty directory */
    public static TwoMounts start(Path top) throws IOException, InterruptedException {
        LavaNetwork.Plan plan = LavaNetwork.Plan.in(top);
        TwoMounts made = new TwoMounts(LavaNetwork.start(plan, SIZE));
        try {
            for (int side = 0; side < 2; side++) {
                made.mounts.add(MountProcess.start(plan, "mount-" + "ab".charAt(side), made.addresses(side)));
            }
            return made;
        } catch (IOException | InterruptedException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private List<String> addresses(int first) throws IOException {
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < SIZE; i++) {
            addresses.add(network.vulcano((first + i) % SIZE).address());
        }
        return addresses;
    }

    public LavaNetwork network() {
        return network;
    }

    /** A path on the first mount. */
    public Path first(String name) {
        return at(0, name);
    }

    /** The same on the second. */
    public Path second(String name) {
        return at(1, name);
    }

    /** The same on either, 0 or 1. */
    public Path at(int side, String name) {
        return mounts.get(side).directory().resolve(name);
    }

    /** What one side does. */
    @FunctionalInterface
    public interface Work {
        void run(int side) throws Exception;
    }

    /** Does the same on both sides at once, once or several times on each, and returns when all is done. @throws IOException when that is not so after minutes */
    public void onBoth(int onEach, Work work) throws Exception {
        onBoth(onEach, PATIENCE_MINUTES, work);
    }

    /** As {@link #onBoth(int, Work)}, where it may take so many minutes. */
    void onBoth(int onEach, long minutes, Work work) throws Exception {
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 2 * onEach; i++) {
            int side = i % 2;
            all.add(() -> {
                work.run(side);
                return true;
            });
        }
        List<Future<Boolean>> under = new ArrayList<>();
        all.forEach(each -> under.add(threads.submit(each)));
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
        for (Future<Boolean> each : under) {
            try {
                boolean unused = each.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new IOException("a side is not done: " + said(), e);
            } catch (ExecutionException e) {
                throw new IOException("a side failed: " + said(), e.getCause());
            }
        }
    }

    private String said() throws IOException {
        StringBuilder all = new StringBuilder();
        for (MountProcess mount : mounts) {
            all.append('\n').append(mount.directory()).append(" said: ").append(mount.said());
        }
        return all.toString();
    }

    /** Unmounts in order. @return what is wrong with that */
    public List<String> unmount() throws IOException, InterruptedException {
        List<String> problems = new ArrayList<>();
        for (MountProcess mount : mounts) {
            int status = mount.stop();
            if (status != 0) {
                problems.add(mount.directory() + " ended with " + status + ": " + mount.said());
            }
        }
        return problems;
    }

    /** Kills all that still runs. */
    @Override
    public void close() throws IOException {
        for (MountProcess mount : mounts) {
            mount.close();
        }
        network.close();
        threads.shutdownNow();
    }
}
