package magma.dht.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEffect;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.SliceConfig;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The simulator must notice known mistakes, each within a few seeds. */
class SeededMistakesTest {
    private static final int SEEDS = 4000;

    private static String firstViolation(Rules mistaken) {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                Simulation.run(seed, mistaken);
            } catch (Invariants.Violation e) {
                return String.valueOf(e.getMessage());
            }
        }
        return "none in " + SEEDS + " seeds";
    }

    @Test
    void acknowledgingBeforeABackupHasItIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    @Override
                    public boolean answersEarly(boolean changes) {
                        return changes;
                    }
                }))
                .contains("is acknowledged and not committed");
    }

    @Test
    void readingWithoutALeaseIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    @Override
                    public boolean answersEarly(boolean changes) {
                        return !changes;
                    }
                }))
                .contains("is not linearizable");
    }

    /** A replica confirms what a primary sent whose epoch is over. */
    @Test
    void acceptingAnOldEpochIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    private final Map<Replication<Change>, Long> incarnations = new WeakHashMap<>();

                    @Override
                    public List<ReplicationEffect<Change>> step(
                            Replication<Change> replication, long now, ReplicationEvent<Change> event) {
                        SliceConfig known = replication.config();
                        List<ReplicationEffect<Change>> effects = new ArrayList<>(replication.step(now, event));
                        for (ReplicationEffect<Change> effect : effects) {
                            if (effect instanceof ReplicationEffect.Send<Change> send
                                    && send.message() instanceof ReplicationMessage.Accepted<Change> accepted) {
                                incarnations.put(replication, accepted.incarnation());
                            }
                        }
                        if (known != null
                                && event instanceof ReplicationEvent.Received<Change> received
                                && received.message() instanceof ReplicationMessage.Append<Change> append
                                && append.config().epoch() < known.epoch()) {
                            effects.add(new ReplicationEffect.Send<>(
                                    received.from(), confirmation(append, incarnations.getOrDefault(replication, 0L))));
                        }
                        return effects;
                    }
                }))
                .startsWith("seed");
    }

    private static ReplicationMessage<Change> confirmation(ReplicationMessage.Append<Change> append, long incarnation) {
        int count = append.entries().size();
        Version end =
                count == 0 ? append.previous() : append.entries().get(count - 1).version();
        return new ReplicationMessage.Accepted<>(
                append.config().epoch(), incarnation, append.stamp(), end.sequence(), end.sequence(), Long.MAX_VALUE);
    }

    /** What was cut off a log is there again after a restart. */
    @Test
    void forgettingATruncationIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    @Override
                    public void truncate(Disk disk, long sequence) {}
                }))
                .startsWith("seed");
    }

    @Test
    void carryingOutARetryAgainIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    @Override
                    public Op.@Nullable Reply known(Table table, Op op) {
                        return null;
                    }
                }))
                .contains("is carried out twice");
    }

    /** A copy changes under the hand: what was copied first is older than what is there at its end. */
    @Test
    void takingACopyForAsNewAsItsEndIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    @Override
                    public Version copiedAt(Version begun, Version ended) {
                        return ended;
                    }
                }))
                .contains(" sees ");
    }

    /** A primary that has handed over answers for as long as it could before. */
    @Test
    void answeringAfterAHandoverIsNoticed() {
        assertThat(firstViolation(new Rules() {
                    private final Map<Replication<Change>, Long> leases = new WeakHashMap<>();

                    @Override
                    public List<ReplicationEffect<Change>> step(
                            Replication<Change> replication, long now, ReplicationEvent<Change> event) {
                        if (event instanceof ReplicationEvent.Yield<Change>) {
                            leases.put(replication, replication.leasedUntil());
                        }
                        return replication.step(now, event);
                    }

                    @Override
                    public long leasedUntil(Replication<Change> replication) {
                        return Math.max(replication.leasedUntil(), leases.getOrDefault(replication, Long.MIN_VALUE));
                    }
                }))
                .contains("is not linearizable");
    }
}
