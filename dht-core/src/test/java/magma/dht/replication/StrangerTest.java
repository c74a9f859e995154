package magma.dht.replication;

import static magma.dht.replication.Machine.A;
import static magma.dht.replication.Machine.B;
import static magma.dht.replication.Machine.C;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

/** What a replica makes of what a vulcano says that is no replica of the slice, and may lie. */
class StrangerTest {
    private static final VulcanoId STRANGER = new VulcanoId(new UUID(9, 9));

    /** The council never said so. */
    private static final SliceConfig FORGED = new SliceConfig(
            Long.MAX_VALUE,
            STRANGER,
            1,
            new TreeSet<>(Set.of(STRANGER, A, B)),
            new TreeSet<>(Set.of(STRANGER, A, B)),
            new TreeMap<>(),
            0,
            1,
            false);

    private static List<ReplicationMessage<String>> lies() {
        LogEntry<String> entry = new LogEntry<>(new Version(FORGED.epoch(), 1), "a lie");
        return List.of(
                new ReplicationMessage.Append<>(FORGED, 1, Version.NONE, List.of(entry), 1, 1),
                new ReplicationMessage.Behind<>(FORGED, 1, 1, Version.NONE),
                new ReplicationMessage.Outdated<>(FORGED));
    }

    private static SliceConfig ofAAndB() {
        return SliceConfig.first(A, new TreeSet<>(Set.of(A, B))).with(B).ledBy(1);
    }

    @Test
    void aBackupFollowsItsPrimaryWhateverAStrangerSaysOfTheCouncil() {
        for (ReplicationMessage<String> lie : lies()) {
            Machine machine = new Machine(B);
            SliceConfig config = ofAAndB();
            machine.learn(config);
            machine.receive(STRANGER, lie);
            assertThat(machine.config()).isEqualTo(config);
            assertThat(machine.effects).containsExactly(new ReplicationEffect.AskCouncil<>());
            machine.effects.clear();
            LogEntry<String> begin = new LogEntry<>(new Version(config.epoch(), 1), null);
            machine.receive(A, new ReplicationMessage.Append<>(config, 5, Version.NONE, List.of(begin), 0, 0));
            assertThat(machine.sent(ReplicationMessage.Accepted.class)).hasSize(1);
        }
    }

    @Test
    void aPrimaryLeadsOnWhateverAStrangerSaysOfTheCouncil() {
        for (ReplicationMessage<String> lie : lies()) {
            Machine machine = Machine.primary(B);
            SliceConfig config = machine.config();
            long reign = machine.replication.reign();
            machine.receive(STRANGER, lie);
            assertThat(machine.config()).isEqualTo(config);
            assertThat(machine.replication.leasedUntil()).isGreaterThan(machine.now);
            assertThat(machine.replication.reign()).isEqualTo(reign);
            machine.propose(1);
            machine.confirm(B);
            assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(1);
        }
    }

    @Test
    void whatAStrangerSaysInTheEpochThatThereIsDoesNothing() {
        Machine primary = Machine.primary(B);
        primary.propose(1);
        primary.effects.clear();
        primary.confirm(STRANGER);
        primary.receive(
                STRANGER,
                new ReplicationMessage.Diverged<>(
                        primary.config().epoch(), 1, primary.now, Version.NONE, Version.NONE));
        assertThat(primary.effects).isEmpty();
        Machine backup = new Machine(B);
        SliceConfig config = ofAAndB();
        backup.learn(config);
        LogEntry<String> entry = new LogEntry<>(new Version(config.epoch(), 1), "a lie");
        backup.receive(STRANGER, new ReplicationMessage.Append<>(config, 5, Version.NONE, List.of(entry), 1, 1));
        backup.receive(STRANGER, new ReplicationMessage.Behind<>(config, 5, 1, Version.NONE));
        assertThat(backup.effects).isEmpty();
        assertThat(backup.replication.last()).isEqualTo(Version.NONE);
    }

    /** No failover waits for the council's word on its way to the others. */
    @Test
    void aBackupOfTheSamePrimaryIsHeededAtOnceWhenItTakesOver() {
        Machine machine = new Machine(C);
        SliceConfig before = SliceConfig.first(A, new TreeSet<>(Set.of(A, B, C)))
                .with(B)
                .with(C)
                .ledBy(1);
        machine.learn(before);
        SliceConfig after = before.takenOverBy(B, 1);
        LogEntry<String> begin = new LogEntry<>(new Version(after.epoch(), 1), null);
        machine.receive(B, new ReplicationMessage.Append<>(after, 5, Version.NONE, List.of(begin), 0, 0));
        assertThat(machine.config()).isEqualTo(after);
        assertThat(machine.sent(ReplicationMessage.Accepted.class)).hasSize(1);
    }

    @Test
    void aPrimaryFromElsewhereIsHeededWhenTheCouncilHasNamedIt() {
        Machine machine = new Machine(B);
        SliceConfig before = ofAAndB();
        machine.learn(before);
        SliceConfig after = before.withReplicas(new TreeSet<>(Set.of(A, B, STRANGER)))
                .with(STRANGER)
                .takenOverBy(STRANGER, 1);
        LogEntry<String> begin = new LogEntry<>(new Version(after.epoch(), 1), null);
        ReplicationMessage<String> first =
                new ReplicationMessage.Append<>(after, 5, Version.NONE, List.of(begin), 0, 0);
        machine.receive(STRANGER, first);
        assertThat(machine.took(ReplicationEffect.AskCouncil.class)).hasSize(1);
        machine.learn(after);
        machine.receive(STRANGER, first);
        assertThat(machine.sent(ReplicationMessage.Accepted.class)).hasSize(1);
    }

    @Test
    void aPrimaryAloneAsksTheCouncilWhenOneThatItDoesNotKnowSaysThatItIsReplica() {
        Machine machine = new Machine(A);
        machine.learn(SliceConfig.first(A, new TreeSet<>(Set.of(A))).ledBy(1));
        machine.tick();
        machine.effects.clear();
        SliceConfig grown = machine.config().withReplicas(new TreeSet<>(Set.of(A, B)));
        machine.receive(B, new ReplicationMessage.Outdated<>(grown));
        assertThat(machine.took(ReplicationEffect.AskCouncil.class)).hasSize(1);
        machine.learn(grown);
        assertThat(machine.sent(ReplicationMessage.Append.class)).hasSize(1);
    }

    @Test
    void aPrimaryThatWasMovedAwayIsToldThatItsEpochIsOver() {
        Machine machine = new Machine(B);
        SliceConfig old = ofAAndB();
        SliceConfig now = old.takenOverBy(B, 1).withReplicas(new TreeSet<>(Set.of(B, C)));
        machine.learn(now);
        machine.effects.clear();
        machine.receive(A, new ReplicationMessage.Append<>(old, 5, Version.NONE, List.of(), 0, 0));
        assertThat(machine.sent(ReplicationMessage.Outdated.class))
                .containsExactly(new ReplicationMessage.Outdated<String>(now));
    }

    @Test
    void howeverOftenAStrangerLiesTheCouncilIsAskedOnceInABeaconsInterval() {
        Machine machine = Machine.primary(B);
        for (int millis = 0; millis < 2_000; millis++) {
            machine.now += Machine.MILLI;
            lies().forEach(lie -> machine.receive(STRANGER, lie));
        }
        assertThat(machine.took(ReplicationEffect.AskCouncil.class)).hasSize(4);
    }

    @Test
    void whatAReplicaItselfWantsOfTheCouncilDoesNotWaitForStrangers() {
        Machine machine = new Machine(A);
        machine.learn(SliceConfig.first(A, new TreeSet<>(Set.of(A))));
        machine.effects.clear();
        for (int millis = 0; millis < 600; millis++) {
            machine.now += Machine.MILLI;
            lies().forEach(lie -> machine.receive(STRANGER, lie));
        }
        machine.tick();
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .containsExactly(
                        new ReplicationEffect.Propose<String>(machine.config().ledBy(1)));
    }
}
