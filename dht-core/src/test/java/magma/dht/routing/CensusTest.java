package magma.dht.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;

/** Three vulcanos, three copies of everything. */
class CensusTest {
    private static final VulcanoId SELF = new VulcanoId(new UUID(1, 1));
    private static final VulcanoId SECOND = new VulcanoId(new UUID(1, 2));
    private static final VulcanoId THIRD = new VulcanoId(new UUID(1, 3));
    private static final PeerReply.CensusOf OWN = new PeerReply.CensusOf(10, 1_000, 100, 900);

    private final Map<VulcanoId, CompletableFuture<Reply>> answers = new HashMap<>();
    private long now;
    private final Census census =
            new Census(SELF, () -> OWN, calls(), () -> new Census.Members(List.of(SELF, SECOND, THIRD), 3), () -> now);

    private PeerCalls calls() {
        return (vulcano, request) -> {
            assertThat(request).isInstanceOf(PeerRequest.TakeCensus.class);
            return Objects.requireNonNull(answers.get(vulcano));
        };
    }

    private void answer(VulcanoId vulcano, long flares, long available) {
        answers.put(
                vulcano,
                CompletableFuture.completedFuture(new PeerReply.CensusOf(flares, 1_000, 1_000 - available, available)));
    }

    private void hangs(VulcanoId vulcano) {
        answers.put(vulcano, new CompletableFuture<>());
    }

    private void later() {
        now += TimeUnit.SECONDS.toNanos(2);
    }

    @Test
    void thereIsAsMuchRoomAsEnoughReplicasHave() throws FsException {
        answer(SECOND, 20, 500);
        answer(THIRD, 30, 0);
        assertThat(census.space().available()).isEqualTo(500);
        assertThat(census.flares()).isEqualTo(60);
    }

    @Test
    void oneThatHangsIsAsFullAsItLastWas() throws FsException {
        answer(SECOND, 20, 500);
        answer(THIRD, 30, 700);
        assertThat(census.space().available()).isEqualTo(700);
        hangs(THIRD);
        answer(SECOND, 20, 400);
        later();
        assertThat(census.space().available()).isEqualTo(700);
        assertThat(census.space().total()).isEqualTo(1_000);
    }

    @Test
    void whatOneSaysLateCountsFromThenOn() throws FsException {
        answer(SECOND, 20, 500);
        answer(THIRD, 30, 0);
        assertThat(census.space().available()).isEqualTo(500);
        CompletableFuture<Reply> late = new CompletableFuture<>();
        answers.put(SECOND, late);
        later();
        assertThat(census.space().available()).isEqualTo(500);
        late.complete(new PeerReply.CensusOf(20, 1_000, 200, 800));
        hangs(SECOND);
        later();
        assertThat(census.space().available()).isEqualTo(800);
    }

    @Test
    void flaresOfOneThatHangsAreNotCounted() throws FsException {
        answer(SECOND, 20, 500);
        answer(THIRD, 30, 700);
        assertThat(census.flares()).isEqualTo(60);
        hangs(THIRD);
        assertThat(census.flares()).isEqualTo(30);
    }

    @Test
    void whatWasCountedJustNowIsNotAskedAgain() throws FsException {
        answer(SECOND, 20, 500);
        answer(THIRD, 30, 700);
        assertThat(census.space().available()).isEqualTo(700);
        answer(THIRD, 30, 0);
        assertThat(census.space().available()).isEqualTo(700);
        later();
        assertThat(census.space().available()).isEqualTo(500);
    }
}
