package magma.testkit.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.RequestId;
import magma.dht.storage.Storage;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Test;

/** What a primary refuses, because it hands its slice over, is not taken for what comes next into its log. */
class RefusedProposalTest {
    private static final Request REQUEST = new Request(
            new Command.Apply(new Batch(
                    List.of(),
                    List.of(new Operation.Put(TwoHosts.record("name"), "value".getBytes(UTF_8))),
                    Storage.Purpose.GROW)),
            new RequestId(new UUID(4, 4), 0, 1));

    @Test
    void whatWasRefusedIsCarriedOutWhenItIsAskedForAgain() throws Exception {
        try (TwoHosts two = new TwoHosts(new MemoryStorage(), new MemoryStorage())) {
            two.bothAreInSync();
            two.host(0).replicas.handOver(TwoHosts.SLICE, TwoHosts.id(1));
            CompletableFuture<Outcome> refused = two.host(0)
                    .replicas
                    .submit(TwoHosts.SLICE, REQUEST, two.config().epoch());
            two.until("the second leads", () -> two.host(1).replicas.leads(TwoHosts.SLICE));
            assertThat(refused).isCompletedExceptionally();
            two.handOver(1, 0);
            // Not awaited: what is in the log and not committed yet is what the next request is held against.
            CompletableFuture<Void> other = two.host(0).replicas.sync(TwoHosts.SLICE);
            Outcome again = two.get(
                    "the second try",
                    two.host(0)
                            .replicas
                            .submit(TwoHosts.SLICE, REQUEST, two.config().epoch()));
            two.get("a sync", other);
            assertThat(again).isInstanceOf(Outcome.Done.class);
            byte[] stored = Objects.requireNonNull(
                            two.get("a read", two.host(0).replicas.read(TwoHosts.SLICE, TwoHosts.record("name")))
                                    .record())
                    .value();
            assertThat(new String(stored, UTF_8)).isEqualTo("value");
        }
    }
}
