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
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation.Result result = Simulation.run(seed, Rules.HONEST);
            committed += result.committed();
            losses += result.losses();
        }
        assertThat(committed).isGreaterThan(100L * SEEDS);
        assertThat(losses).isPositive();
    }

    @Test
    void aSeedRepeatsItself() {
        assertThat(Simulation.run(7, Rules.HONEST)).isEqualTo(Simulation.run(7, Rules.HONEST));
    }
}
