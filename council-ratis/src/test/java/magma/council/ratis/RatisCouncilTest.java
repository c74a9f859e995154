package magma.council.ratis;

import static magma.council.ratis.TestNetwork.accepted;
import static magma.council.ratis.TestNetwork.await;
import static magma.council.ratis.TestNetwork.command;
import static magma.council.ratis.TestNetwork.id;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilStatus.OwnRole;
import magma.dht.council.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RatisCouncilTest {
    @TempDir
    Path root;

    @Test
    void aFoundedCouncilDecidesAlone() throws Exception {
        try (TestNetwork network = new TestNetwork(root)) {
            RatisCouncil council = network.found();
            Result result = accepted(council, new CouncilCommand.Rename(command(), "stromboli"));
            assertThat(council.state().name()).isEqualTo("stromboli");
            assertThat(result).isEqualTo(new Result.Accepted(council.state().version()));
            assertThat(council.read().get(10, TimeUnit.SECONDS).name()).isEqualTo("stromboli");
            assertThat(council.status().role()).isEqualTo(OwnRole.LEADER);
            assertThat(council.status().voters()).containsExactly(id(1));
        }
    }

    @Test
    void votersGrowFromOneToThreeToFive() throws Exception {
        try (TestNetwork network = new TestNetwork(root)) {
            network.found();
            network.join(2);
            await("two members", () -> network.council(2).state().members().size() == 2);
            assertThat(network.council(1).status().voters()).containsExactly(id(1));
            network.join(3);
            network.awaitVoters(3);
            network.join(4);
            network.join(5);
            network.awaitVoters(5);
        }
    }
}
