package magma.dht.replication;

import static magma.dht.replication.Machine.A;
import static magma.dht.replication.Machine.B;
import static magma.dht.replication.Machine.C;
import static magma.dht.replication.Machine.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

/** What follows when the disk of a replica takes no more. */
class FullDiskTest {
    private static final long MUCH = 1L << 40;

    /** Both others have all there is. */
    private static void confirm(Machine machine, long roomOfB, long roomOfC) {
        long last = machine.replication.last().sequence();
        machine.confirm(B, last, roomOfB);
        machine.confirm(C, last, roomOfC);
    }

    private static Machine primaryWhoseDiskHasNotTakenWhatOthersHave() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, MUCH, MUCH);
        machine.diskIsSlow = true;
        machine.propose(7);
        confirm(machine, MUCH, MUCH);
        return machine;
    }

    private static List<SliceConfig> proposed(Machine machine) {
        return machine.took(ReplicationEffect.Propose.class).stream()
                .map(each -> ((ReplicationEffect.Propose<?>) each).next())
                .toList();
    }

    @Test
    void aBackupWhoseDiskIsFullIsLeftOutWhereTwoOthersHaveRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, MUCH);
        machine.tick();
        assertThat(proposed(machine)).containsExactly(machine.config().without(B));
    }

    @Test
    void nobodyIsLeftOutWhereTooFewWouldHaveRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, 0);
        machine.after(500);
        confirm(machine, 0, 0);
        machine.after(500);
        assertThat(proposed(machine)).isEmpty();
    }

    @Test
    void aFullDiskDoesNotCountWhereTwoOthersHaveRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 700, 20 << 20);
        assertThat(machine.replication.room(MUCH)).isEqualTo(20 << 20);
        assertThat(machine.replication.full()).containsExactly(B);
        confirm(machine, 40 << 20, 20 << 20);
        assertThat(machine.replication.room(700)).isEqualTo(20 << 20);
    }

    @Test
    void theFullestDiskInSyncCountsWhereTooFewHaveRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 700, 9_000);
        assertThat(machine.replication.room(5_000)).isEqualTo(700);
        confirm(machine, 700, MUCH);
        assertThat(machine.replication.room(5_000)).isEqualTo(700);
    }

    @Test
    void aPrimaryWhoseDiskIsFullHandsOverToOneThatHasRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, MUCH);
        machine.learn(machine.config().without(B).with(B));
        confirm(machine, 0, MUCH);
        machine.effects.clear();
        machine.happen(new ReplicationEvent.Available<>(0));
        machine.tick();
        assertThat(proposed(machine)).containsExactly(machine.config().handedTo(C));
    }

    @Test
    void aPrimaryWhoseDiskIsFullLeadsOnWhereNobodyHasRoom() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, 0);
        machine.happen(new ReplicationEvent.Available<>(0));
        machine.tick();
        machine.propose(1);
        confirm(machine, 0, 0);
        assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(1);
        assertThat(proposed(machine)).isEmpty();
    }

    /** What its own disk has not taken the next one commits: nothing of it was answered. */
    @Test
    void aPrimaryWhoseDiskTakesNothingAtAllHandsOverWhatOthersHave() {
        Machine machine = primaryWhoseDiskHasNotTakenWhatOthersHave();
        machine.effects.clear();
        machine.happen(new ReplicationEvent.Available<>(0));
        machine.tick();
        assertThat(proposed(machine)).isEmpty();
        machine.after(500);
        List<ReplicationEffect<String>> effects = List.copyOf(machine.effects);
        assertThat(proposed(machine)).singleElement().matches(SliceConfig::handedOver);
        assertThat(effects)
                .filteredOn(ReplicationEffect.Refused.class::isInstance)
                .hasSize(1);
        assertThat(effects).noneMatch(ReplicationEffect.Done.class::isInstance);
    }

    /** The next one may have lost it with its power by then, and the council may have chosen that. */
    @Test
    void whatItsDiskTakesWhenAnotherMayLeadIsNotCommittedHere() {
        Machine machine = primaryWhoseDiskHasNotTakenWhatOthersHave();
        machine.happen(new ReplicationEvent.Available<>(0));
        machine.tick();
        machine.after(500);
        assertThat(proposed(machine)).singleElement().matches(SliceConfig::handedOver);
        machine.effects.clear();
        machine.happen(new ReplicationEvent.Appended<>(machine.replication.last()));
        assertThat(machine.took(ReplicationEffect.Committed.class)).isEmpty();
    }

    @Test
    void oneThatWasLeftOutComesBackWhenItHasRoomAgain() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, MUCH);
        machine.learn(machine.config().without(B));
        confirm(machine, 9 << 20, MUCH);
        machine.after(500);
        assertThat(proposed(machine)).isEmpty();
        confirm(machine, 20 << 20, MUCH);
        assertThat(proposed(machine)).containsExactly(machine.config().with(B));
    }

    @Test
    void oneWithoutRoomComesBackWhereTooFewHaveAny() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, MUCH);
        machine.learn(machine.config().without(B));
        machine.learn(machine.config().without(C));
        confirm(machine, 0, MUCH);
        machine.tick();
        assertThat(proposed(machine)).isNotEmpty();
    }

    /** Its primary sends it no more than one message now and then, and it takes no more than some. */
    @Test
    void whatAFullDiskDoesNotTakeIsNotGatheredInMemory() {
        Machine machine = Machine.primary(B, C);
        confirm(machine, 0, MUCH);
        machine.learn(machine.config().without(B));
        long held = machine.replication.last().sequence();
        machine.confirm(B, held, 0);
        for (int i = 0; i < 5; i++) {
            machine.propose(i);
            machine.after(500);
            machine.confirm(B, held, 0);
            machine.confirm(C);
        }
        machine.effects.clear();
        for (int i = 0; i < 100; i++) {
            machine.propose(100 + i);
            machine.confirm(C);
            machine.confirm(B, held, 0);
        }
        assertThat(machine.effects.stream()
                        .filter(effect -> effect instanceof ReplicationEffect.Send<String> send
                                && send.to().equals(B)))
                .isEmpty();
        machine.after(500);
        machine.effects.clear();
        machine.confirm(B, held + Machine.SETTINGS.batch(), 20 << 20);
        assertThat(machine.sent(ReplicationMessage.Append.class)).isNotEmpty();
    }

    @Test
    void aBackupOutOfSyncTakesOnlySomeOfWhatItsDiskDoesNotTake() {
        Machine machine = new Machine(B);
        machine.diskIsSlow = true;
        SliceConfig config = SliceConfig.first(A, new TreeSet<>(Set.of(A, B))).ledBy(1);
        machine.learn(config);
        Version previous = Version.NONE;
        for (int i = 1; i <= 1_000; i++) {
            LogEntry<String> entry = new LogEntry<>(new Version(config.epoch(), i), "change " + i);
            machine.now += MILLI;
            machine.receive(A, new ReplicationMessage.Append<>(config, i, previous, List.of(entry), 0, 0));
            previous = entry.version();
        }
        assertThat(machine.replication.last().sequence()).isLessThan(300);
        assertThat(machine.sent(ReplicationMessage.Diverged.class)).isNotEmpty();
    }
}
