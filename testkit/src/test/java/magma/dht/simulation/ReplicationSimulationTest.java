package magma.dht.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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

    @Test
    void aSeedRepeatsItself() {
        assertThat(Simulation.run(7, Rules.HONEST))
                .hasToString(Simulation.run(7, Rules.HONEST).toString());
    }
}
