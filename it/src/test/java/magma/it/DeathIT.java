package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Vulcanos of one network end under load, killed or in order. All that was acknowledged is there, and the others know of each death by its notice, not by waiting.
 *
 * <p>{@code -Dmagma.death.rounds=100} kills more often than the few times that belong to every build.
 */
class DeathIT {
    private static final int ROUNDS = Integer.getInteger("magma.death.rounds", 2);
    private static final long PATIENCE_MINUTES = 2;

    /** So much is acknowledged before a kill, and after it. */
    private static final int CHANGES = 50;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    private final List<AcknowledgedLoad> loads = new ArrayList<>();
    private long longest;

    @Test
    void theOthersGoOnAtOnceAndNothingIsLost() throws Exception {
        try (LavaNetwork network =
                LavaNetwork.start(LavaNetwork.Plan.in(top.toRealPath()).mountedAt(0), 3)) {
            loads.add(new AcknowledgedLoad(network.vulcano(0).mount().resolve("one"), 1));
            loads.add(new AcknowledgedLoad(network.vulcano(0).mount().resolve("two"), 2));
            List<Long> stalls = new ArrayList<>();
            for (int round = 0; round < ROUNDS; round++) {
                LavaVulcano victim = network.vulcano(1 + round % 2);
                int deaths = deathsSeenBy(network.vulcano(0), victim);
                stalls.add(underLoad(victim::kill));
                assertThat(deathsSeenBy(network.vulcano(0), victim)).isEqualTo(deaths + 1);
                victim.start();
                LavaNetwork.of(network.awaitWhole(), victim);
            }
            System.out.printf(
                    "%d kills, %d acknowledged operations, none lost; longest stalls in ms: %s%n",
                    ROUNDS,
                    loads.stream().mapToLong(AcknowledgedLoad::acknowledged).sum(),
                    stalls);
            LavaVulcano leaver = network.vulcano(2);
            System.out.printf(
                    "stop: %d ms%n", underLoad(() -> assertThat(leaver.stop()).isZero()));
            assertThat(leaver.log()).contains("Handed over");
            leaver.start();
            assertThat(network.stopAll().values()).containsOnly(0);
            network.startAgain(network.vulcano(2), network.vulcano(0), network.vulcano(1));
            assertNothingIsLost();
            assertThat(network.demand(
                            "fsck", "--data", network.vulcano(0).data().toString()))
                    .contains("clean");
        }
    }

    private interface Ending {
        void end() throws Exception;
    }

    /** @return the longest that it took from one acknowledged change to the next, in ms */
    private long underLoad(Ending ending) throws Exception {
        List<Thread> threads =
                loads.stream().map(load -> new Thread(load::run, "load")).toList();
        threads.forEach(Thread::start);
        awaitChanges();
        Thread watch = new Thread(this::watch, "watch");
        watch.start();
        ending.end();
        awaitChanges();
        loads.forEach(AcknowledgedLoad::end);
        watch.interrupt();
        watch.join();
        for (Thread thread : threads) {
            thread.join(TimeUnit.MINUTES.toMillis(PATIENCE_MINUTES));
            assertThat(thread.isAlive()).as("a load hangs").isFalse();
        }
        for (AcknowledgedLoad load : loads) {
            assertThat(load.failure()).isNull();
        }
        assertNothingIsLost();
        return longest;
    }

    /** How long nothing was acknowledged, for people. */
    private void watch() {
        AcknowledgedLoad load = loads.get(0);
        longest = 0;
        long seen = load.acknowledged();
        long since = System.nanoTime();
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(2);
                long now = System.nanoTime();
                if (load.acknowledged() != seen) {
                    seen = load.acknowledged();
                    longest = Math.max(longest, (now - since) / 1_000_000);
                    since = now;
                }
            }
        } catch (InterruptedException e) {
            // Seen enough.
        }
    }

    private void awaitChanges() throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        List<Long> before = loads.stream().map(AcknowledgedLoad::acknowledged).toList();
        for (int i = 0; i < loads.size(); i++) {
            while (loads.get(i).acknowledged() < before.get(i) + CHANGES) {
                assertThat(loads.get(i).failure()).isNull();
                assertThat(System.nanoTime()).as("nothing more is acknowledged").isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    private void assertNothingIsLost() throws IOException {
        for (AcknowledgedLoad load : loads) {
            assertThat(load.missing()).isEmpty();
        }
    }

    private static int deathsSeenBy(LavaVulcano one, LavaVulcano victim) throws IOException {
        String line = " at " + victim.address() + " has ended: its death notice came";
        return one.log().split(java.util.regex.Pattern.quote(line), -1).length - 1;
    }
}
