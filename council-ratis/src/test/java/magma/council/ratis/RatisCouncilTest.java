package magma.council.ratis;

import static magma.council.ratis.TestNetwork.accepted;
import static magma.council.ratis.TestNetwork.await;
import static magma.council.ratis.TestNetwork.command;
import static magma.council.ratis.TestNetwork.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus.OwnRole;
import magma.dht.council.CouncilUnavailableException;
import magma.dht.council.MemberKind;
import magma.dht.council.MemberState;
import magma.dht.council.Result;
import magma.dht.council.SessionRecord;
import magma.dht.replication.VulcanoId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class RatisCouncilTest {
    private static final UUID SESSION = new UUID(3, 4);

    @TempDir
    Path root;

    private TestNetwork network;

    @BeforeEach
    void open() {
        network = new TestNetwork(root);
    }

    @AfterEach
    void close() {
        network.close();
    }

    private static CouncilCommand rename(String name) {
        return new CouncilCommand.Rename(command(), name);
    }

    private static void awaitName(RatisCouncil council, String name) {
        await("the name " + name, () -> council.state().name().equals(name));
    }

    private int other(int... besides) {
        Set<Integer> left = new TreeSet<>();
        network.all().forEach(council -> left.add(number(council)));
        for (int one : besides) {
            left.remove(one);
        }
        return left.iterator().next();
    }

    private int number(RatisCouncil council) {
        for (int number = 1; number < 10; number++) {
            try {
                if (network.council(number) == council) {
                    return number;
                }
            } catch (IllegalStateException e) {
                // That one does not run.
            }
        }
        throw new AssertionError("no such council");
    }

    @Test
    void aFoundedCouncilDecidesAlone() throws Exception {
        RatisCouncil council = network.found();
        Result result = accepted(council, rename("stromboli"));
        assertThat(council.state().name()).isEqualTo("stromboli");
        assertThat(result).isEqualTo(new Result.Accepted(council.state().version()));
        assertThat(council.read().get(10, TimeUnit.SECONDS).name()).isEqualTo("stromboli");
        assertThat(council.status().role()).isEqualTo(OwnRole.LEADER);
        assertThat(council.status().voters()).containsExactly(id(1));
    }

    @Test
    void votersGrowFromOneToThreeToFive() throws Exception {
        network.found();
        network.join(2);
        await("two members", () -> network.council(2).state().members().size() == 2);
        assertThat(network.council(1).status().voters()).containsExactly(id(1));
        network.join(3);
        network.awaitVoters(3);
        network.join(4);
        network.join(5);
        network.awaitVoters(5);
        accepted(network.council(5), rename("stromboli"));
        network.all().forEach(council -> awaitName(council, "stromboli"));
    }

    @Test
    void aLeaderThatIsGoneIsReplaced() throws Exception {
        network.of(3);
        int leader = network.leader();
        accepted(network.council(leader), rename("before"));
        network.kill(leader);
        int other = other();
        accepted(network.council(other), rename("after"));
        assertThat(network.leader()).isNotEqualTo(leader);
        network.restart(leader);
        awaitName(network.council(leader), "after");
    }

    /** As a disk does that was full for a moment: of three, two that do not vote any more would be too many. */
    @Test
    void aVoterWhoseLogWasBrokenVotesAgainByItself() throws Exception {
        network.of(3);
        int leader = network.leader();
        for (int broken : List.of(other(leader), other(leader, other(leader)))) {
            Seat before =
                    java.util.Objects.requireNonNull(network.council(broken).seat());
            before.log().close();
            accepted(network.council(leader), rename("without " + broken));
            awaitSeatAfter(before, broken);
            awaitName(network.council(broken), "without " + broken);
        }
        network.kill(network.leader());
        accepted(network.council(other()), rename("after"));
    }

    /** The same where a write was refused, and not the log closed. The leader goes on leading without its own log until another loses its own too. */
    @Test
    void votersWhoseLogsHaveRefusedAnEntryVoteAgainByThemselves() throws Exception {
        network.of(3);
        for (int voter : List.of(network.leader(), other(network.leader()))) {
            Seat before =
                    java.util.Objects.requireNonNull(network.council(voter).seat());
            before.machine().notifyLogFailed(new java.io.IOException("No space left on device"), null);
            awaitSeatAfter(before, voter);
            accepted(network.council(voter), rename("after " + voter));
        }
    }

    private void awaitSeatAfter(Seat before, int voter) throws Exception {
        await("another seat", () -> {
            Seat now = network.council(voter).seat();
            return now != null && now != before && now.alive();
        });
    }

    @Test
    void whenTheLeadersDeathIsKnownAnotherIsElectedAtOnce() throws Exception {
        network.of(3);
        int leader = network.leader();
        network.kill(leader);
        network.all().forEach(council -> council.memberDied(id(leader)));
        assertThat(network.leader()).isNotEqualTo(leader);
        accepted(network.council(other()), rename("after"));
    }

    @Test
    void aLeaderThatHangsIsWaitedForOnlyForAMoment() throws Exception {
        network.of(3);
        network.join(4);
        network.awaitVoters(3);
        int leader = network.leader();
        RatisCouncil asking = network.all().stream()
                .filter(council -> council.status().role() == OwnRole.LEARNER)
                .findFirst()
                .orElseThrow();
        accepted(asking, rename("before"));
        network.hang(leader);
        accepted(asking, rename("after"));
        assertThat(asking.read().get(20, TimeUnit.SECONDS).name()).isEqualTo("after");
        if (!network.waitedInVain().isEmpty()) {
            assertThat(network.waitedInVain().get(0)).isLessThanOrEqualTo(Duration.ofMillis(700));
        }
    }

    @Test
    void wordOfADeathThatIsNotTrueDoesNoHarm() throws Exception {
        network.of(3);
        int leader = network.leader();
        network.all().forEach(council -> council.memberDied(id(leader)));
        for (RatisCouncil council : network.all()) {
            accepted(council, rename("by " + number(council)));
        }
    }

    /** Each attachment expects the generation that the one before left: one that was carried out twice, or a retry with another result, would be refused. */
    @Test
    void proposalsHappenOnceThoughTheLeaderChangesAndAnswersAreLost() throws Exception {
        network.of(3);
        accepted(network.council(1), new CouncilCommand.OpenSession(command(), SESSION, id(1), 0));
        long generation = 1;
        VulcanoId lastFront = id(1);
        for (int round = 0; round < 6; round++) {
            int leader = network.leader();
            int asker = other(leader);
            for (int i = 0; i < 5; i++) {
                CouncilCommand attach = new CouncilCommand.AttachSession(command(), SESSION, id(asker), generation);
                CompletableFuture<Result> first = network.council(asker).propose(attach);
                if (i == 2) {
                    network.cut(Set.of(leader), Set.of(other(leader), other(leader, other(leader))));
                }
                Result result = first.get(30, TimeUnit.SECONDS);
                Result again = network.council(asker).propose(attach).get(30, TimeUnit.SECONDS);
                assertThat(result).isInstanceOf(Result.Attached.class);
                assertThat(again).isEqualTo(result);
                lastFront = id(asker);
                generation++;
            }
            network.heal();
        }
        CouncilState end = network.council(1).read().get(30, TimeUnit.SECONDS);
        assertThat(end.sessions()).containsEntry(SESSION, new SessionRecord(SESSION, lastFront, 0, generation));
    }

    @Test
    void slowLinksAreNoObstacle() throws Exception {
        network.of(3);
        network.delay(30);
        for (int i = 0; i < 10; i++) {
            accepted(network.council(1 + i % 3), rename("name" + i));
        }
        assertThat(network.council(2).read().get(20, TimeUnit.SECONDS).name()).isEqualTo("name9");
    }

    @Test
    void aMinorityDecidesNothing() throws Exception {
        network.of(3);
        int leader = network.leader();
        int one = other(leader);
        int two = other(leader, one);
        network.cut(Set.of(leader), Set.of(one, two));
        CompletableFuture<Result> alone = network.council(leader).propose(rename("minority"));
        CompletableFuture<CouncilState> reading = network.council(leader).read();
        accepted(network.council(one), rename("majority"));
        assertThatThrownBy(() -> alone.get(30, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CouncilUnavailableException.class);
        assertThatThrownBy(() -> reading.get(30, TimeUnit.SECONDS))
                .hasCauseInstanceOf(CouncilUnavailableException.class);
        network.heal();
        awaitName(network.council(leader), "majority");
        assertThat(network.council(leader).read().get(20, TimeUnit.SECONDS).name())
                .isEqualTo("majority");
    }

    @Test
    void allGoOnWhereTheyWereWhenAllHadStopped() throws Exception {
        network.of(3);
        accepted(network.council(2), rename("stromboli"));
        long version = network.council(2).read().get(20, TimeUnit.SECONDS).version();
        for (int number = 1; number <= 3; number++) {
            network.kill(number);
        }
        for (int number = 1; number <= 3; number++) {
            network.restart(number);
        }
        CouncilState state = network.council(3).read().get(20, TimeUnit.SECONDS);
        assertThat(state.name()).isEqualTo("stromboli");
        assertThat(state.version()).isGreaterThanOrEqualTo(version);
        accepted(network.council(1), rename("vulcano"));
    }

    @Test
    void aLostCouncilIsFoundedAgainFromWhatAMemberSawLast() throws Exception {
        network.of(4);
        accepted(network.council(1), rename("stromboli"));
        awaitName(network.council(4), "stromboli");
        for (int number = 1; number <= 4; number++) {
            network.kill(number);
        }
        RatisCouncil restored = RatisCouncil.restore(network.directory(4), network.settings(4));
        network.add(4, restored);
        assertThat(restored.state().name()).isEqualTo("stromboli");
        assertThat(restored.state().founding().number()).isEqualTo(2);
        accepted(restored, rename("again"));
        network.restart(2);
        awaitName(network.council(2), "again");
        network.restart(1);
        network.awaitVoters(3);
        accepted(network.council(1), rename("as before"));
        assertThat(network.council(2).read().get(20, TimeUnit.SECONDS).name()).isEqualTo("as before");
    }

    @Test
    void oneWhoDoesNotVoteIsToldAndMayPropose() throws Exception {
        network.of(3);
        RatisCouncil learner = network.join(4);
        List<Long> versions = Collections.synchronizedList(new ArrayList<>());
        learner.watch(state -> versions.add(state.version()));
        assertThat(learner.status().role()).isEqualTo(OwnRole.LEARNER);
        for (int i = 0; i < 20; i++) {
            accepted(network.council(1 + i % 4), rename("name" + i));
        }
        awaitName(learner, "name19");
        await(
                "the last version",
                () -> !versions.isEmpty()
                        && versions.get(versions.size() - 1) == learner.state().version());
        assertThat(new ArrayList<>(versions)).isSorted().doesNotHaveDuplicates();
        assertThat(learner.read().get(20, TimeUnit.SECONDS).name()).isEqualTo("name19");
        network.kill(4);
        accepted(network.council(1), rename("meanwhile"));
        awaitName(network.restart(4), "meanwhile");
    }

    @Test
    void aWitnessVotes() throws Exception {
        network.found();
        network.join(2);
        network.join(3, MemberKind.WITNESS);
        network.awaitVoters(3);
        network.kill(1);
        accepted(network.council(2), rename("after"));
        awaitName(network.council(3), "after");
    }

    @Test
    void anExpelledVoterIsReplacedAndRefused() throws Exception {
        network.of(4);
        int gone = network.leader();
        accepted(
                network.council(gone),
                new CouncilCommand.ExpelMember(command(), id(gone), MemberState.EXPELLED, new TreeSet<>()));
        RatisCouncil expelled = network.council(gone);
        await(
                "three other voters",
                () -> network.all().stream()
                        .filter(council -> council != expelled)
                        .allMatch(council -> council.status().voters().size() == 3
                                && !council.status().voters().contains(id(gone))));
        accepted(network.council(other(gone)), rename("without"));
        assertThat(expelled.propose(rename("me too"))).failsWithin(Duration.ofSeconds(30));
    }

    @Test
    void threeThatBecomeTwoGoOnWithOneVoter() throws Exception {
        network.of(3);
        int leader = network.leader();
        int gone = other(leader);
        int stays = other(leader, gone);
        accepted(
                network.council(leader),
                new CouncilCommand.ExpelMember(command(), id(gone), MemberState.LEFT, new TreeSet<>()));
        await("one voter", () -> network.council(leader).status().voters().equals(Set.of(id(leader))));
        network.kill(gone);
        network.kill(stays);
        accepted(network.council(leader), rename("alone"));
    }

    @Test
    void aVoterWhoseLogIsGoneDoesNotVoteAgain() throws Exception {
        network.of(3);
        network.kill(3);
        try (Stream<Path> log = Files.walk(network.directory(3).resolve("log"))) {
            for (Path path : log.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        assertThatThrownBy(() -> network.restart(3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("new id");
    }

    @Test
    void aDirectoryHoldsOneCouncil() throws Exception {
        network.found();
        assertThatThrownBy(() -> RatisCouncil.found(network.settings(1), network.firstState()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("already");
        assertThatThrownBy(() -> RatisCouncil.open(network.settings(9)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no council");
    }

    @Test
    void aDamagedLastSeenStateIsRefused() throws Exception {
        network.found();
        network.kill(1);
        Path file = network.directory(1).resolve("last-seen");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertThatThrownBy(() -> network.restart(1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void aFoundingThatWasInterruptedIsCompleted() throws Exception {
        Files.createDirectories(network.directory(1));
        Files.write(network.directory(1).resolve("founding"), new byte[0]);
        LastSeen.write(network.directory(1), new Seen.Held(network.firstState(), -1));
        RatisCouncil council = network.restart(1);
        accepted(council, rename("stromboli"));
        assertThat(network.directory(1).resolve("founding")).doesNotExist();
    }

    @Test
    void aClosedCouncilLeavesNobodyWaiting() throws Exception {
        network.of(3);
        int leader = network.leader();
        int one = other(leader);
        network.cut(Set.of(one), Set.of(leader, other(leader, one)));
        RatisCouncil council = network.council(one);
        CompletableFuture<Result> waiting = council.propose(rename("never"));
        council.close();
        assertThat(waiting).failsWithin(Duration.ofSeconds(10));
        assertThat(council.propose(rename("never"))).failsWithin(Duration.ofSeconds(10));
        assertThat(council.status().role()).isEqualTo(OwnRole.CLOSED);
    }

    /** More commands than are kept in logs: newcomers are sent snapshots, and the log is cut. */
    @Test
    void newVotersComeUpThoughTheLogWasCut() throws Exception {
        RatisCouncil first = network.found();
        List<CompletableFuture<Result>> results = new ArrayList<>();
        for (int i = 0; i < 3 * Seat.SNAPSHOT_AFTER_ENTRIES; i++) {
            results.add(first.propose(rename("name" + i)));
        }
        for (CompletableFuture<Result> result : results) {
            assertThat(result.get(120, TimeUnit.SECONDS).accepted()).isTrue();
        }
        network.join(2);
        network.join(3);
        network.awaitVoters(3);
        network.kill(1);
        accepted(network.council(2), rename("after"));
        awaitName(network.council(3), "after");
    }

    @Test
    void malformedRequestsAreRefused() throws Exception {
        RatisCouncil council = network.found();
        for (byte[] request : new byte[][] {{}, {1}, {9, 16}, {1, 99}, {1, 16, 5}, {1, 17}, {1, 19, 1}, {1, 1, 7}}) {
            assertThat(Messages.Answer.read(council.handle(id(2), request)))
                    .isNotInstanceOf(Messages.Answer.Done.class);
        }
        accepted(council, rename("still there"));
    }
}
