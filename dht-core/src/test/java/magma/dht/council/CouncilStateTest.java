package magma.dht.council;

import static magma.dht.council.States.accepted;
import static magma.dht.council.States.config;
import static magma.dht.council.States.id;
import static magma.dht.council.States.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.replication.SliceConfig;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

class CouncilStateTest {
    private static final UUID SESSION = new UUID(3, 4);
    private static final byte[] SECRET = {1, 2, 3};

    private final States states = new States();

    private static Result.Conflict conflict(CouncilState state, CouncilCommand command) {
        Applied applied = state.apply(command);
        assertThat(applied.result()).isInstanceOf(Result.Conflict.class);
        assertThat(applied.state().version()).isEqualTo(state.version());
        return (Result.Conflict) applied.result();
    }

    private static String refused(CouncilState state, CouncilCommand command, long slice) {
        Applied applied = state.apply(command);
        Result.SlicesChanged result = (Result.SlicesChanged) applied.result();
        assertThat(result.changed()).doesNotContain(slice);
        assertThat(config(applied.state(), slice)).isEqualTo(config(state, slice));
        return String.valueOf(result.refused().get(slice));
    }

    @Test
    void aFounderHoldsAllSlicesAndVotes() {
        CouncilState state = States.founded(4);
        assertThat(state.slices()).hasSize(4);
        assertThat(config(state, 1).primary()).isEqualTo(id(1));
        assertThat(States.known(state, 1).role()).isEqualTo(VotingRole.VOTER);
        assertThat(state.version()).isEqualTo(1);
    }

    @Test
    void aCommandThatComesAgainHasTheResultItHad() {
        CouncilState state = states.of(2, 1);
        CouncilCommand rename = new CouncilCommand.Rename(states.next(), "stromboli");
        Applied first = state.apply(rename);
        CouncilState later = accepted(first.state(), new CouncilCommand.Rename(states.next(), "vulcano"));
        Applied again = later.apply(rename);
        assertThat(again.result()).isEqualTo(first.result());
        assertThat(again.state()).isSameAs(later);
        assertThat(later.name()).isEqualTo("vulcano");
    }

    @Test
    void aRefusedCommandStaysRefusedWhenItComesAgain() {
        CouncilState state = states.of(1, 1);
        CouncilCommand died = new CouncilCommand.MemberDied(states.next(), id(1), 2);
        CouncilState refused = state.apply(died).state();
        CouncilState restarted = states.started(refused, 1, 2);
        assertThat(restarted.apply(died).result()).isInstanceOf(Result.Conflict.class);
    }

    @Test
    void onlyTheLastResultsAreRemembered() {
        CouncilState state = states.of(1, 1);
        for (int i = 0; i < CouncilState.REMEMBERED + 10; i++) {
            state = accepted(state, new CouncilCommand.Rename(states.next(), "name" + i));
        }
        assertThat(state.remembered()).hasSize(CouncilState.REMEMBERED);
    }

    @Test
    void resultsAboutManySlicesTakeMoreRoomAmongTheRemembered() {
        CouncilState state = states.of(1, 640);
        for (int i = 0; i < 200; i++) {
            java.util.TreeMap<Long, SliceConfig> next = new java.util.TreeMap<>();
            state.slices().forEach((slice, config) -> next.put(slice, config.again()));
            state = accepted(state, new CouncilCommand.ChangeSlices(states.next(), next));
        }
        assertThat(state.remembered()).hasSizeBetween(80, 100);
    }

    @Test
    void aSliceChangesByCompareAndSetOnItsEpoch() {
        CouncilState state = states.of(1, 2);
        SliceConfig next = config(state, 1).ledBy(1);
        CouncilState changed = states.change(state, 1, next);
        assertThat(config(changed, 1)).isEqualTo(next);
        assertThat(changed.version()).isEqualTo(state.version() + 1);
        assertThat(refused(changed, states.changing(1, next), 1)).contains("epoch");
    }

    @Test
    void eachSliceOfACommandIsDecidedForItself() {
        CouncilState state = states.of(1, 2);
        java.util.TreeMap<Long, SliceConfig> wishes = new java.util.TreeMap<>();
        wishes.put(1L, config(state, 1).ledBy(1));
        wishes.put(2L, config(state, 2).again().again());
        wishes.put(77L, config(state, 2).again());
        Applied applied = state.apply(new CouncilCommand.ChangeSlices(states.next(), wishes));
        Result.SlicesChanged result = (Result.SlicesChanged) applied.result();
        assertThat(result.changed()).containsExactly(1L);
        assertThat(result.refused()).containsOnlyKeys(2L, 77L);
        assertThat(result.accepted()).isFalse();
        assertThat(config(applied.state(), 1).incarnation()).isEqualTo(1);
    }

    @Test
    void onlyOneWhoWasInSyncBecomesPrimary() {
        CouncilState state = accepted(states.of(2, 1), states.placing(1, ids(1, 2)));
        SliceConfig now = config(state, 1);
        SliceConfig usurped = new SliceConfig(
                now.epoch() + 1, id(2), 0, ids(1, 2), ids(1, 2), new java.util.TreeMap<>(), now.tailLosses(), 1, false);
        assertThat(refused(state, states.changing(1, usurped), 1)).contains("not in sync");
    }

    @Test
    void aReplicaMayNotMoveItself() {
        CouncilState state = states.of(2, 1);
        SliceConfig now = config(state, 1);
        SliceConfig moved = new SliceConfig(
                now.epoch() + 1, id(1), 0, ids(1), ids(1, 2), new java.util.TreeMap<>(), now.tailLosses(), 1, false);
        assertThat(refused(state, states.changing(1, moved), 1)).contains("move");
    }

    @Test
    void aSliceGrowsWhereItIsPlaced() {
        CouncilState state = states.of(3, 1);
        CouncilState placed = accepted(state, states.placing(1, ids(1, 2, 3)));
        assertThat(config(placed, 1).replicas()).isEqualTo(ids(1, 2, 3));
        assertThat(config(placed, 1).inSync()).isEqualTo(ids(1));
        assertThat(config(placed, 1).epoch()).isEqualTo(config(state, 1).epoch() + 1);
    }

    @Test
    void aSliceIsNotPlacedAwayFromItsPrimaryNorFromThoseInSync() {
        CouncilState state = accepted(states.of(4, 1), states.placing(1, ids(1, 2, 3)));
        assertThat(refused(state, states.placing(1, ids(2, 3)), 1)).contains("hand it over");
        CouncilState inSync = states.change(state, 1, config(state, 1).with(id(2)));
        assertThat(refused(inSync, states.placing(1, ids(1, 3, 4)), 1)).contains("others in sync");
        CouncilState more = states.caughtUp(accepted(inSync, states.placing(1, ids(1, 2, 3, 4))));
        assertThat(config(accepted(more, states.placing(1, ids(1, 3, 4))), 1).inSync())
                .isEqualTo(ids(1, 3, 4));
    }

    @Test
    void aWitnessStoresNothing() {
        CouncilState state = states.joined(states.of(1, 1), 2, MemberKind.WITNESS);
        assertThat(refused(state, states.placing(1, ids(1, 2)), 1)).contains("stores no slices");
        assertThat(state.replicasPerSlice()).isEqualTo(1);
    }

    @Test
    void anExpelledMemberLeavesTheSlicesThatOthersHold() {
        CouncilState state = states.caughtUp(accepted(states.of(3, 2), states.placing(1, ids(1, 2, 3))));
        CouncilState expelled = accepted(
                state,
                new CouncilCommand.ExpelMember(
                        states.next(), id(1), MemberState.EXPELLED, new TreeSet<>(List.of("a1", "a2"))));
        assertThat(config(expelled, 1).primary()).isIn(id(2), id(3));
        assertThat(config(expelled, 1).replicas()).isEqualTo(ids(2, 3));
        assertThat(config(expelled, 1).epoch()).isGreaterThan(config(state, 1).epoch());
        assertThat(config(expelled, 2)).as("held by nobody else").isEqualTo(config(state, 2));
        assertThat(expelled.revoked()).containsExactly("a1", "a2");
        assertThat(States.known(expelled, 1).state()).isEqualTo(MemberState.EXPELLED);
    }

    @Test
    void anExpelledPrimaryIsNotFollowedByAnUncleanReplica() {
        CouncilState state = states.caughtUp(accepted(states.of(2, 1), states.placing(1, ids(1, 2))));
        CouncilState unclean = states.change(state, 1, config(state, 1).withUnclean(id(2), new Version(1, 1)));
        CouncilState expelled = states.expelled(unclean, 1);
        assertThat(config(expelled, 1)).isEqualTo(config(unclean, 1));
    }

    @Test
    void theLastMemberCannotLeave() {
        assertThat(conflict(
                                states.of(1, 1),
                                new CouncilCommand.ExpelMember(states.next(), id(1), MemberState.LEFT, new TreeSet<>()))
                        .reason())
                .contains("last member");
    }

    @Test
    void anIdIsUsedOnce() {
        CouncilState state = states.expelled(states.of(2, 1), 2);
        CouncilCommand back = new CouncilCommand.AddMember(states.next(), States.member(2, MemberKind.STORING));
        assertThat(conflict(state, back).reason()).contains("new id");
    }

    @Test
    void wordOfAnEarlierProcessDoesNoHarm() {
        CouncilState state = states.started(states.of(1, 1), 1, 5);
        conflict(state, new CouncilCommand.MemberDied(states.next(), id(1), 4));
        conflict(state, new CouncilCommand.MemberStarted(states.next(), id(1), 4, "h:1", "1.0", 1));
        CouncilState died = states.died(state, 1);
        assertThat(States.known(died, 1).up()).isFalse();
        assertThat(States.known(states.started(died, 1, 5), 1).up()).isTrue();
    }

    @Test
    void aSessionAttachesWithTheGenerationThatIsExpected() {
        CouncilState state = states.of(2, 1);
        CouncilState open = accepted(state, new CouncilCommand.OpenSession(states.next(), SESSION, id(1), 0));
        CouncilCommand attach = new CouncilCommand.AttachSession(states.next(), SESSION, id(2), 1);
        Applied attached = open.apply(attach);
        assertThat(((Result.Attached) attached.result()).session()).isEqualTo(new SessionRecord(SESSION, id(2), 0, 2));
        conflict(attached.state(), new CouncilCommand.AttachSession(states.next(), SESSION, id(1), 1));
        CouncilState ended =
                accepted(attached.state(), new CouncilCommand.EndSessions(states.next(), List.of(SESSION)));
        assertThat(ended.sessions()).isEmpty();
        conflict(ended, new CouncilCommand.AttachSession(states.next(), SESSION, id(1), 2));
    }

    @Test
    void aSessionOfOneProcessIsStrandedWhenThatEnds() {
        CouncilState state = states.of(2, 1);
        CouncilState open = accepted(state, new CouncilCommand.OpenSession(states.next(), SESSION, id(2), 1));
        conflict(open, new CouncilCommand.AttachSession(states.next(), SESSION, id(1), 1));
        assertThat(open.strandedSessions()).isEmpty();
        assertThat(states.died(open, 2).strandedSessions()).containsExactly(SESSION);
        assertThat(states.started(open, 2, 2).strandedSessions()).containsExactly(SESSION);
        assertThat(states.expelled(open, 2).strandedSessions()).containsExactly(SESSION);
    }

    private CouncilState invited() {
        return accepted(
                states.of(1, 1),
                new CouncilCommand.IssueToken(states.next(), "t1", SECRET, "vulcano", new byte[] {9}, 1000, 500));
    }

    @Test
    void anInvitationIsUsedOnce() {
        CouncilState state = invited();
        Applied redeemed = state.apply(new CouncilCommand.RedeemToken(states.next(), "t1", SECRET, 999, "vulcano 2"));
        TokenRecord token = ((Result.Redeemed) redeemed.result()).token();
        assertThat(token.claims()).containsExactly(9);
        assertThat(token.usedBy()).isEqualTo("vulcano 2");
        assertThat(conflict(
                                redeemed.state(),
                                new CouncilCommand.RedeemToken(states.next(), "t1", SECRET, 999, "vulcano 3"))
                        .reason())
                .contains("vulcano 2");
    }

    @Test
    void anInvitationNeedsItsSecretAndItsTime() {
        CouncilState state = invited();
        String wrong = conflict(
                        state, new CouncilCommand.RedeemToken(states.next(), "t1", new byte[] {1, 2, 4}, 999, "x"))
                .reason();
        String unknown = conflict(state, new CouncilCommand.RedeemToken(states.next(), "t2", SECRET, 999, "x"))
                .reason();
        assertThat(wrong).isEqualTo(unknown);
        assertThat(conflict(state, new CouncilCommand.RedeemToken(states.next(), "t1", SECRET, 1000, "x"))
                        .reason())
                .contains("expired");
    }

    @Test
    void oldInvitationsAreForgotten() {
        CouncilState state = accepted(
                invited(),
                new CouncilCommand.IssueToken(states.next(), "t2", SECRET, "client", new byte[0], 1_000_000, 900_000));
        assertThat(state.tokens()).containsOnlyKeys("t2");
    }

    @Test
    void theFeatureLevelIsRaisedWhenAllCan() {
        CouncilState state = states.of(2, 1);
        assertThat(state.featureLevel()).isEqualTo(1);
        conflict(state, new CouncilCommand.RaiseFeatureLevel(states.next(), 2));
        assertThat(conflict(state, new CouncilCommand.MemberStarted(states.next(), id(2), 2, "h:1", "0.9", 0))
                        .reason())
                .contains("feature level 1", "newer");
        CouncilState mixed = startedAt(state, 2, 3);
        assertThat(mixed.featureLevel()).isEqualTo(1);
        CouncilState risen = startedAt(mixed, 1, 2);
        assertThat(risen.featureLevel()).isEqualTo(2);
        conflict(risen, new CouncilCommand.AddMember(states.next(), Member.joining(id(3), "", MemberKind.STORING, 1)));
    }

    @Test
    void theFeatureLevelRisesWhenTheLastThatCannotIsExpelled() {
        CouncilState mixed = startedAt(states.of(2, 1), 1, 2);
        assertThat(mixed.featureLevel()).isEqualTo(1);
        assertThat(states.expelled(mixed, 2).featureLevel()).isEqualTo(2);
    }

    private CouncilState startedAt(CouncilState state, int number, int level) {
        return accepted(
                state, new CouncilCommand.MemberStarted(states.next(), id(number), 2, "h:" + number, "2", level));
    }

    @Test
    void certificatesAreNotedUntilAWeekAfterTheyExpired() {
        CouncilState state = certified(states.of(2, 1), "a1", "client", "alice", 1000, 500);
        assertThat(state.certificates()).containsOnlyKeys("a1");
        conflict(
                state,
                new CouncilCommand.Certified(states.next(), "a1", new CertificateRecord("client", "bob", 1000), 500));
        CouncilState revoked = accepted(state, new CouncilCommand.Revoke(states.next(), "a1"));
        CouncilState later = certified(revoked, "b2", "client", "bob", 2_000_000, 1_000_000);
        assertThat(later.certificates()).containsOnlyKeys("b2");
        assertThat(later.revoked()).isEmpty();
    }

    @Test
    void whoIsExpelledHasNoCertificateAndGetsNone() {
        String name = id(2).toString();
        CouncilState state = certified(states.of(2, 1), "a1", "vulcano", name, 1000, 500);
        CouncilState both = certified(state, "b2", "client", name, 1000, 500);
        CouncilState expelled = states.expelled(both, 2);
        assertThat(expelled.revoked()).containsExactly("a1");
        assertThat(conflict(
                                expelled,
                                new CouncilCommand.Certified(
                                        states.next(), "c3", new CertificateRecord("vulcano", name, 1000), 500))
                        .reason())
                .contains("expelled");
    }

    private CouncilState certified(
            CouncilState state, String serial, String role, String name, long expires, long now) {
        return accepted(
                state,
                new CouncilCommand.Certified(states.next(), serial, new CertificateRecord(role, name, expires), now));
    }

    @Test
    void settingsAreChecked() {
        CouncilState state = states.of(1, 1);
        assertThat(accepted(state, new CouncilCommand.SetReplicasWanted(states.next(), 2))
                        .replicasWanted())
                .isEqualTo(2);
        conflict(state, new CouncilCommand.SetReplicasWanted(states.next(), 99));
        conflict(state, new CouncilCommand.Rename(states.next(), " "));
        conflict(state, new CouncilCommand.Revoke(states.next(), "x".repeat(100)));
        conflict(state, new CouncilCommand.SetVoters(states.next(), ids(1, 2)));
    }

    @Test
    void asManyReplicasAsThereAreStoringMembersUpToThree() {
        assertThat(states.of(1, 1).replicasPerSlice()).isEqualTo(1);
        assertThat(states.of(2, 1).replicasPerSlice()).isEqualTo(2);
        assertThat(states.of(5, 1).replicasPerSlice()).isEqualTo(3);
    }

    @Test
    void aCouncilThatIsFoundedAgainIsLaterThanTheLostOne() {
        CouncilState state = states.of(3, 1);
        CouncilState again = state.foundedAgain(new UUID(5, 5), id(2));
        assertThat(again.version()).isEqualTo(state.version() + CouncilState.RESTORED);
        assertThat(again.founding()).isEqualTo(new Founding(2, new UUID(5, 5)));
        assertThat(States.config(again, 1).epoch())
                .isEqualTo(States.config(state, 1).epoch() + CouncilState.RESTORED);
        assertThat(States.config(again, 1).incarnation()).isZero();
        assertThat(States.known(again, 2).role()).isEqualTo(VotingRole.VOTER);
        assertThat(States.known(again, 1).role()).isEqualTo(VotingRole.LEARNER);
        assertThatThrownBy(() -> state.foundedAgain(new UUID(5, 5), id(9)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
