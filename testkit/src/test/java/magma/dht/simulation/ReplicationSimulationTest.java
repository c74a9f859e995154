package magma.dht.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fixed number of seeds; {@link SimulationMain} runs as many as one likes. The invariants are those of {@link Invariants}, and linearizability per key. */
class ReplicationSimulationTest {
    private static final int SEEDS = 300;

    @Test
    void nothingIsLostWhateverHappens() {
        long committed = 0;
        long losses = 0;
        Counts counts = new Counts();
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, Rules.HONEST);
            committed += result.committed();
            losses += result.losses();
            counts.add(result.counts());
        }
        assertThat(committed).isGreaterThan(100L * SEEDS);
        assertThat(losses).isPositive();
        assertThat(counts.restored).isGreaterThan(SEEDS);
        assertThat(counts.handovers).isGreaterThan(SEEDS);
        assertThat(counts.placements).isGreaterThan(SEEDS);
        assertThat(counts.leasedReads).isGreaterThan(SEEDS);
    }

    /**
     * What long runs have found: a primary with a full disk handed over what only others held, and committed it when there was room again, after the next one had lost it with its power and the council had chosen
     * that.
     */
    @ParameterizedTest
    @ValueSource(longs = 1795985850822L)
    void seedsThatBrokeSomethingOnceDoNotAgain(long seed) {
        assertThat(Simulation.run(seed, Rules.HONEST).committed()).isPositive();
    }

    @Test
    void aSeedRepeatsItself() {
        assertThat(Simulation.run(7, Rules.HONEST))
                .hasToString(Simulation.run(7, Rules.HONEST).toString());
    }
}
