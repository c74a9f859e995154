package magma.shell;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back to the system the memory that this process took while it was at work. The heap hardly shrinks unless all of it is collected, which by itself
 * happens when it is full if at all; and the buffers outside it go when the heap's objects do that own them. So all is collected once, when work has ended: it takes some tens of
 * ms, in which nothing is served. What the heap keeps beside what is live is little then, and grows as usual with the next work.
 */
final class MemoryTrim {
    private static final Logger log = LoggerFactory.getLogger(MemoryTrim.class);
    private static final long LOOK_SECONDS = 15;

    /** The parts of the old generation, in per cent, that are free at least and at most once it was collected for this. */
    private static final String LEAST_FREE = "5";

    private static final String MOST_FREE = "15";

    private static final String LEAST_FREE_OPTION = "MinHeapFreeRatio";
    private static final String MOST_FREE_OPTION = "MaxHeapFreeRatio";

    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "magma-trim");
        thread.setDaemon(true);
        return thread;
    });
    private final OperatingSystemMXBean process;
    private final QuietTimes times;

    private MemoryTrim(OperatingSystemMXBean process) {
        this.process = process;
        times = new QuietTimes(System.nanoTime(), process.getProcessCpuTime());
    }

    /** From now on it is done whenever it is due. One for a process. */
    static MemoryTrim start() {
        MemoryTrim trim = new MemoryTrim(ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class));
        Future<?> looking = trim.looks.scheduleWithFixedDelay(trim::look, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        log.trace("{}", looking);
        return trim;
    }

    private void look() {
        try {
            if (times.isOne(System.nanoTime(), process.getProcessCpuTime())) {
                trim();
            }
        } catch (RuntimeException e) {
            log.warn("Memory that is not needed any more could not be given back; that is tried again", e);
        }
    }

    private static void trim() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long began = System.nanoTime();
        long before = committed();
        String least = option(machine, LEAST_FREE_OPTION);
        String most = option(machine, MOST_FREE_OPTION);
        if (least == null || most == null) {
            System.gc();
        } else {
            // The least never lies above the most, not in between either.
            machine.setVMOption(LEAST_FREE_OPTION, LEAST_FREE);
            machine.setVMOption(MOST_FREE_OPTION, MOST_FREE);
            try {
                System.gc();
            } finally {
                machine.setVMOption(MOST_FREE_OPTION, most);
                machine.setVMOption(LEAST_FREE_OPTION, least);
            }
        }
        log.debug(
                "The heap has {} instead of {} MiB; that took {} ms",
                committed() >> 20,
                before >> 20,
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    private static long committed() {
        return Runtime.getRuntime().totalMemory();
    }

    /** Null where this Java has no such option. */
    private static @Nullable String option(@Nullable HotSpotDiagnosticMXBean machine, String name) {
        try {
            return machine == null ? null : machine.getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** It is done no more. */
    void end() {
        looks.shutdownNow();
    }
}
