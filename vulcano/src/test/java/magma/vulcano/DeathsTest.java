package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.council.Result;
import magma.dht.host.Incarnations;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.dht.wire.PeerRequest.DeathNotice;
import magma.dht.wire.Reply;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is believed to be dead, and who hears of it. */
class DeathsTest {
    private static final UUID NETWORK = new UUID(1, 2);
    private static final VulcanoId SELF = new VulcanoId(new UUID(0, 1));
    private static final VulcanoId VICTIM = new VulcanoId(new UUID(0, 2));
    private static final VulcanoId THIRD = new VulcanoId(new UUID(0, 3));
    private static final long PROCESS = 1_000_000;
    private static final long LATER = 9_000_000;

    private final Notary notary = new Notary(NETWORK, new byte[32]);
    private final List<String> said = new ArrayList<>();
    private CouncilState state = CouncilState.found(
            new Founding(1, new UUID(5, 5)),
            NETWORK,
            "test",
            Member.joining(SELF, "", MemberKind.STORING),
            SliceMap.even(4));

    @SuppressWarnings("NullAway.Init")
    private Deaths deaths;

    @BeforeEach
    void begin() {
        for (VulcanoId other : List.of(VICTIM, THIRD)) {
            decide(new CouncilCommand.AddMember(command(), Member.joining(other, "", MemberKind.STORING)));
        }
        for (VulcanoId each : List.of(SELF, VICTIM, THIRD)) {
            started(each, PROCESS);
        }
        Recording council = new Recording();
        deaths = new Deaths(
                SELF,
                notary,
                (vulcano, ended) -> said.add("replicas: " + vulcano + " " + ended),
                () -> council,
                (to, request) -> {
                    said.add("to " + to + ": " + request);
                    return CompletableFuture.completedFuture(new Reply.Done());
                },
                Runnable::run);
    }

    private static CommandId command() {
        return new CommandId(UUID.randomUUID());
    }

    private void decide(CouncilCommand command) {
        state = state.apply(command).state();
    }

    private void started(VulcanoId vulcano, long process) {
        decide(new CouncilCommand.MemberStarted(command(), vulcano, process, "127.0.0.1:1", "1", 0));
    }

    @Test
    void aGenuineNoticeIsToldToTheReplicasTheCouncilAndTheOtherVulcanos() {
        DeathNotice notice = notary.seal(VICTIM, PROCESS);
        assertThat(deaths.heard(notice)).isTrue();
        assertThat(said)
                .containsExactly(
                        "replicas: " + VICTIM + " " + new Incarnations(PROCESS),
                        "council: " + VICTIM + " is dead",
                        "to " + THIRD + ": " + notice,
                        "council: process " + PROCESS + " of " + VICTIM);
        assertThat(deaths.lastOf(VICTIM)).isEqualTo(new Incarnations(PROCESS));
    }

    @Test
    void aForgedNoticeIsIgnored() {
        byte[] seal = notary.seal(VICTIM, PROCESS).seal();
        seal[31] ^= 1;
        assertThat(deaths.heard(new DeathNotice(VICTIM, PROCESS, seal))).isFalse();
        assertThat(deaths.heard(new DeathNotice(
                        THIRD, PROCESS, notary.seal(VICTIM, PROCESS).seal())))
                .isFalse();
        assertThat(deaths.heard(new DeathNotice(
                        VICTIM, LATER, notary.seal(VICTIM, PROCESS).seal())))
                .isFalse();
        assertThat(deaths.heard(new Notary(new UUID(1, 3), new byte[32]).seal(VICTIM, PROCESS)))
                .isFalse();
        byte[] otherSecret = new byte[32];
        otherSecret[0] = 1;
        assertThat(deaths.heard(new Notary(NETWORK, otherSecret).seal(VICTIM, PROCESS)))
                .isFalse();
        assertThat(said).isEmpty();
        assertThat(deaths.lastOf(VICTIM)).isNull();
    }

    @Test
    void aNoticeThatComesAgainIsPassedOnOnce() {
        assertThat(deaths.heard(notary.seal(VICTIM, PROCESS))).isTrue();
        said.clear();
        assertThat(deaths.heard(notary.seal(VICTIM, PROCESS))).isFalse();
        assertThat(deaths.heard(notary.seal(VICTIM, PROCESS - 1))).isFalse();
        assertThat(said).isEmpty();
    }

    @Test
    void theDeathOfAnEarlierProcessProvesNothingAboutTheOneThatRuns() {
        started(VICTIM, LATER);
        boolean unused = deaths.heard(notary.seal(VICTIM, PROCESS));
        assertThat(said).containsExactly("replicas: " + VICTIM + " " + new Incarnations(PROCESS));
        assertThat(deaths.lastOf(VICTIM)).isNull();
    }

    @Test
    void whoHasStartedAgainIsNotDeadAnyMore() {
        assertThat(deaths.heard(notary.seal(VICTIM, PROCESS))).isTrue();
        started(VICTIM, LATER);
        assertThat(deaths.lastOf(VICTIM)).isNull();
    }

    @Test
    void nobodyIsToldOfTheirOwnDeath() {
        assertThat(deaths.heard(notary.seal(SELF, PROCESS))).isFalse();
        assertThat(deaths.heard(notary.seal(new VulcanoId(new UUID(0, 9)), PROCESS)))
                .isFalse();
        assertThat(said).isEmpty();
    }

    /** Says what it is told. */
    private final class Recording implements Council {
        @Override
        public CouncilState state() {
            return state;
        }

        @Override
        public CompletableFuture<Result> propose(CouncilCommand command) {
            CouncilCommand.MemberDied died = (CouncilCommand.MemberDied) command;
            said.add("council: process " + died.incarnation() + " of " + died.member());
            return new CompletableFuture<>();
        }

        @Override
        public void memberDied(VulcanoId dead) {
            said.add("council: " + dead + " is dead");
        }

        @Override
        public CompletableFuture<CouncilState> read() {
            return CompletableFuture.completedFuture(state);
        }

        @Override
        public void watch(Consumer<CouncilState> watcher) {
            watcher.accept(state);
        }

        @Override
        public CouncilStatus status() {
            return new CouncilStatus(null, 0, new TreeSet<>(), CouncilStatus.OwnRole.LEARNER);
        }

        @Override
        public void close() {}
    }
}
