package magma.dht.replication;

import static magma.dht.replication.Machine.A;
import static magma.dht.replication.Machine.B;
import static magma.dht.replication.Machine.C;
import static magma.dht.replication.Machine.MILLI;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

/** What a replica does in plain cases; the simulator has the others. */
class ReplicationTest {
    private static final ReplicationSettings FEW = new ReplicationSettings(
            Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 1 << 20, 4, 1 << 20);

    @Test
    void aReplicaAloneCommitsAtOnceAndMayBeReadForever() {
        Machine machine = new Machine(A);
        machine.learn(SliceConfig.first(A, new TreeSet<>(Set.of(A))).ledBy(1));
        machine.propose(7);
        machine.tick();
        assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(1);
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MAX_VALUE);
        assertThat(machine.replication.nextTick()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aPrimaryWaitsForAllInSync() {
        Machine machine = Machine.primary(B, C);
        machine.took(ReplicationEffect.Done.class);
        machine.propose(1);
        machine.confirm(B);
        assertThat(machine.took(ReplicationEffect.Done.class)).isEmpty();
        machine.confirm(C);
        assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(1);
    }

    /** The lease begins with the step after the one that committed, whose effects have been carried out by then. */
    @Test
    void theLeaseBeginsWhenWhatWasCommittedIsSeen() {
        Machine machine = new Machine(A);
        machine.learn(SliceConfig.first(A, new TreeSet<>(Set.of(A, B))).with(B).ledBy(1));
        machine.after(3_100);
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MIN_VALUE);
        long before = machine.replication.reign();
        machine.confirm(B);
        assertThat(machine.took(ReplicationEffect.Committed.class)).hasSize(1);
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MIN_VALUE);
        assertThat(machine.replication.nextTick()).isEqualTo(machine.now);
        machine.tick();
        assertThat(machine.replication.leasedUntil()).isEqualTo(machine.now + 2_000 * MILLI);
        assertThat(machine.replication.reign()).isNotEqualTo(before);
    }

    /** With nothing to do it is told of the time twice in a second, and the lease goes on. */
    @Test
    void anIdlePrimaryKeepsItsLeaseWithFewTicks() {
        Machine machine = Machine.primary(B, C);
        int ticks = 0;
        for (long end = machine.now + 60_000 * MILLI; machine.now < end; ticks++) {
            assertThat(machine.replication.leasedUntil()).isGreaterThan(machine.now);
            assertThat(machine.replication.nextTick()).isGreaterThan(machine.now);
            machine.now = machine.replication.nextTick();
            machine.tick();
            machine.now += MILLI;
            machine.confirm(B);
            machine.confirm(C);
        }
        assertThat(ticks).isLessThan(125);
    }

    @Test
    void anIdleBackupNeedsNoTicks() {
        Machine machine = new Machine(B);
        SliceConfig config =
                SliceConfig.first(A, new TreeSet<>(Set.of(A, B))).with(B).ledBy(1);
        machine.learn(config);
        LogEntry<String> begin = new LogEntry<>(new Version(config.epoch(), 1), null);
        machine.receive(A, new ReplicationMessage.Append<>(config, 5, Version.NONE, List.of(begin), 0, 0));
        for (int i = 0; i < 10; i++) {
            machine.now += 500 * MILLI;
            machine.receive(A, new ReplicationMessage.Append<>(config, 6 + i, begin.version(), List.of(), 1, 0));
            assertThat(machine.replication.nextTick()).isGreaterThan(machine.now + 2_900 * MILLI);
        }
    }

    /** Writes go on while the first backups of a slice that grows catch up. */
    @Test
    void theMinimumInSyncRisesOnlyWhenItIsReached() {
        SliceConfig alone = SliceConfig.first(A, new TreeSet<>(Set.of(A)));
        SliceConfig grown = alone.withReplicas(new TreeSet<>(Set.of(A, B, C)));
        assertThat(grown.minInSync()).isEqualTo(1);
        assertThat(grown.with(B).minInSync()).isEqualTo(2);
        assertThat(grown.with(B).without(B).minInSync()).isEqualTo(2);
        assertThat(grown.with(B).with(C).minInSync()).isEqualTo(2);
        SliceConfig shrunk = grown.with(B).withReplicas(new TreeSet<>(Set.of(A, C)));
        assertThat(shrunk.minInSync()).isEqualTo(1);
        assertThat(shrunk.inSync()).containsExactly(A);
        assertThatThrownBy(() -> grown.withReplicas(new TreeSet<>(Set.of(B, C))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void newReplicasAreFed() {
        Machine machine = new Machine(A);
        machine.learn(SliceConfig.first(A, new TreeSet<>(Set.of(A))).ledBy(1));
        machine.propose(1);
        machine.effects.clear();
        machine.learn(machine.config().withReplicas(new TreeSet<>(Set.of(A, B))));
        assertThat(machine.sent(ReplicationMessage.Append.class)).hasSize(1);
        machine.receive(
                B,
                new ReplicationMessage.Diverged<>(
                        machine.config().epoch(), 1, machine.now, Version.NONE, Version.NONE));
        assertThat(machine.sent(ReplicationMessage.Append.class)
                        .get(0)
                        .entries()
                        .size())
                .isEqualTo(2);
    }

    @Test
    void whatIsCommittedIsForgottenAndWhatIsNotIsKept() {
        Machine machine = Machine.primary(FEW, B);
        for (int ticket = 0; ticket < 20; ticket++) {
            machine.propose(ticket);
        }
        assertThat(machine.replication.entriesAfter(0)).hasSize(21);
        machine.confirm(B);
        assertThat(machine.replication.committed()).isEqualTo(21);
        assertThat(machine.replication.entriesAfter(17)).hasSize(4);
        assertThatThrownBy(() -> machine.replication.entriesAfter(16)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void oneWhoseEndIsForgottenIsToldThatItIsBehind() {
        Machine machine = Machine.primary(FEW, B);
        machine.learn(machine.config().withReplicas(new TreeSet<>(Set.of(A, B, C))));
        for (int ticket = 0; ticket < 20; ticket++) {
            machine.propose(ticket);
            machine.confirm(B);
        }
        machine.effects.clear();
        Version end = new Version(3, 2);
        machine.receive(C, new ReplicationMessage.Diverged<>(machine.config().epoch(), 9, machine.now, end, end));
        assertThat(machine.sent(ReplicationMessage.Behind.class))
                .singleElement()
                .satisfies(behind -> {
                    assertThat(behind.incarnation()).isEqualTo(9);
                    assertThat(behind.held()).isEqualTo(end);
                });
    }

    /** Else the log could have gone on beyond what is kept when the next beacon comes, and all would begin again. */
    @Test
    void oneThatWasRestoredGetsWhatComesNextAtOnce() {
        Machine machine = Machine.primary(FEW, B);
        machine.learn(machine.config().withReplicas(new TreeSet<>(Set.of(A, B, C))));
        for (int ticket = 0; ticket < 20; ticket++) {
            machine.propose(ticket);
            machine.confirm(B);
        }
        long epoch = machine.config().epoch();
        long beacon = machine.now;
        machine.now += 100 * MILLI;
        machine.receive(C, new ReplicationMessage.Diverged<>(epoch, 9, beacon, Version.NONE, Version.NONE));
        assertThat(machine.sent(ReplicationMessage.Behind.class)).hasSize(1);
        Version copied = machine.replication.last();
        machine.propose(20);
        machine.confirm(B);
        machine.effects.clear();
        machine.now += 100 * MILLI;
        machine.receive(C, new ReplicationMessage.Diverged<>(epoch, 9, beacon, copied, copied));
        assertThat(machine.sent(ReplicationMessage.Append.class))
                .singleElement()
                .satisfies(append -> assertThat(append.entries().size()).isEqualTo(1));
    }

    @Test
    void whileTheStateIsCopiedMoreOfTheLogIsKept() {
        Machine machine = Machine.primary(FEW, B);
        machine.happen(new ReplicationEvent.Copied<>());
        for (int ticket = 0; ticket < 20; ticket++) {
            machine.propose(ticket);
            machine.confirm(B);
        }
        assertThat(machine.replication.entriesAfter(0)).hasSize(21);
        machine.after(2_900);
        machine.confirm(B);
        assertThat(machine.replication.entriesAfter(0)).hasSize(21);
        machine.after(200);
        assertThat(machine.replication.entriesAfter(17)).hasSize(4);
        assertThatThrownBy(() -> machine.replication.entriesAfter(16)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aReplicaBehindIsRestoredAndGoesOnFromThere() {
        Machine machine = new Machine(C);
        SliceConfig config = SliceConfig.first(A, new TreeSet<>(Set.of(A, C))).ledBy(1);
        machine.learn(config);
        Version far = new Version(2, 100);
        machine.receive(A, new ReplicationMessage.Append<>(config, 5, far, List.of(), 100, 0));
        assertThat(machine.sent(ReplicationMessage.Diverged.class)).hasSize(1);
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 1, Version.NONE));
        machine.receive(A, new ReplicationMessage.Behind<>(config, 7, 1, Version.NONE));
        assertThat(machine.took(ReplicationEffect.Restore.class))
                .containsExactly(new ReplicationEffect.Restore<String>(A));
        machine.receive(A, new ReplicationMessage.Append<>(config, 8, far, List.of(), 100, 0));
        assertThat(machine.effects).isEmpty();
        machine.happen(new ReplicationEvent.RestoreFailed<>());
        machine.after(600);
        assertThat(machine.took(ReplicationEffect.Restore.class)).hasSize(1);
        machine.happen(new ReplicationEvent.Restored<>(new Version(2, 99), far));
        assertThat(machine.replication.isExact()).isFalse();
        assertThat(machine.sent(ReplicationMessage.Diverged.class))
                .singleElement()
                .satisfies(diverged -> {
                    assertThat(diverged.hint()).isEqualTo(new Version(2, 99));
                    assertThat(diverged.held()).isEqualTo(far);
                });
        List<LogEntry<String>> rest = List.of(new LogEntry<>(far, "the last"));
        machine.receive(A, new ReplicationMessage.Append<>(config, 9, new Version(2, 99), rest, 100, 0));
        assertThat(machine.replication.isExact()).isTrue();
        assertThat(machine.replication.committed()).isEqualTo(100);
        assertThat(machine.sent(ReplicationMessage.Accepted.class)).isNotEmpty();
    }

    /** What it confirmed may have made the council hold it for in sync. */
    @Test
    void aReplicaThatConfirmedEndsTheEpochBeforeItGivesUpItsLog() {
        Machine machine = new Machine(C);
        SliceConfig config = SliceConfig.first(A, new TreeSet<>(Set.of(A, C))).ledBy(1);
        machine.learn(config);
        machine.receive(A, new ReplicationMessage.Append<>(config, 5, Version.NONE, List.of(), 0, 0));
        machine.now += 600 * MILLI;
        machine.effects.clear();
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 1, Version.NONE));
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .containsExactly(new ReplicationEffect.Propose<String>(config.again()));
        machine.learn(config.again());
        machine.receive(A, new ReplicationMessage.Behind<>(config.again(), 7, 1, Version.NONE));
        assertThat(machine.took(ReplicationEffect.Restore.class)).hasSize(1);
    }

    @Test
    void aPrimaryHandsOverWhenAllIsCommittedAndAnswersNothingMore() {
        Machine machine = Machine.primary(B, C);
        machine.propose(1);
        machine.effects.clear();
        machine.happen(new ReplicationEvent.Yield<>(B));
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MIN_VALUE);
        machine.propose(2);
        assertThat(machine.took(ReplicationEffect.Refused.class)).hasSize(1);
        machine.confirm(B);
        machine.confirm(C);
        SliceConfig handed = machine.config().handedTo(B);
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .containsExactly(new ReplicationEffect.Propose<String>(handed));
        machine.after(10_000);
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MIN_VALUE);
        assertThat(machine.sent(ReplicationMessage.Append.class)).isEmpty();
        machine.learn(handed);
        assertThat(machine.replication.isPrimary()).isFalse();
    }

    @Test
    void aHandoverThatCannotBeIsGivenUpAfterALease() {
        Machine machine = Machine.primary(B);
        machine.propose(1);
        machine.happen(new ReplicationEvent.Yield<>(B));
        machine.after(1_000);
        machine.confirm(B, 1, 0);
        machine.after(1_100);
        machine.confirm(B);
        machine.tick();
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .doesNotContain(
                        new ReplicationEffect.Propose<String>(machine.config().handedTo(B)));
        assertThat(machine.replication.leasedUntil()).isGreaterThan(machine.now);
    }

    @Test
    void anotherEpochEndsAHandoverThatTheCouncilNeverHeardOf() {
        Machine machine = Machine.primary(B);
        machine.happen(new ReplicationEvent.Yield<>(B));
        assertThat(machine.took(ReplicationEffect.Propose.class)).hasSize(1);
        machine.learn(machine.config().again());
        machine.propose(1);
        machine.confirm(B);
        machine.tick();
        assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(1);
        assertThat(machine.replication.leasedUntil()).isGreaterThan(machine.now);
    }

    /** The one before has stopped by itself, so nobody waits for promises to run out. */
    @Test
    void oneThatIsHandedTheSliceLeadsAtOnce() {
        Machine machine = new Machine(B);
        SliceConfig before =
                SliceConfig.first(A, new TreeSet<>(Set.of(A, B))).with(B).ledBy(1);
        machine.learn(before.handedTo(B));
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .containsExactly(
                        new ReplicationEffect.Propose<String>(before.handedTo(B).ledBy(1)));
        machine.learn(before.handedTo(B).ledBy(1));
        machine.now += 5 * MILLI;
        machine.confirm(A);
        assertThat(machine.took(ReplicationEffect.Committed.class)).hasSize(1);
        assertThat(before.handedTo(B).ledBy(1).ledBy(2).handedOver()).isFalse();
    }

    @Test
    void withFewerThanTheMinimumInSyncChangesWaitAndReadsGoOn() {
        Machine machine = Machine.primary(B, C);
        machine.learn(machine.config().without(C));
        machine.confirm(B);
        machine.learn(machine.config().without(B));
        machine.tick();
        machine.propose(1);
        machine.happen(new ReplicationEvent.Asked<>(2));
        assertThat(machine.took(ReplicationEffect.Done.class)).isEmpty();
        assertThat(machine.replication.leasedUntil()).isEqualTo(Long.MAX_VALUE);
        machine.confirm(B);
        machine.learn(machine.config().with(B));
        machine.confirm(B);
        assertThat(machine.took(ReplicationEffect.Done.class)).hasSize(2);
    }

    /** It answers, and so is not silent; but it gets no further. */
    @Test
    void aBackupThatCannotWriteIsLeftOutWhereEnoughOthersAreInSync() {
        Machine machine = Machine.primary(B, C);
        machine.propose(1);
        for (int i = 0; i < 5; i++) {
            machine.effects.clear();
            machine.after(500);
            machine.confirm(B, 1, 0);
            machine.confirm(C);
        }
        machine.tick();
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .contains(new ReplicationEffect.Propose<String>(machine.config().without(B)));
    }

    @Test
    void aBackupThatCannotWriteStaysWhereTooFewWouldBeLeft() {
        Machine machine = Machine.primary(B, C);
        machine.learn(machine.config().without(C));
        machine.propose(1);
        for (int i = 0; i < 20; i++) {
            machine.after(500);
            machine.confirm(B, 1, 0);
        }
        assertThat(machine.took(ReplicationEffect.Propose.class)).isEmpty();
        assertThat(machine.config().inSync()).contains(B);
    }

    @Test
    void messagesAreBoundedInBytesAndCarryAnEntryHoweverLarge() {
        ReplicationSettings small = new ReplicationSettings(
                Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 100, 1000, 1 << 20);
        Machine machine = Machine.primary(small, B);
        for (int ticket = 0; ticket < 5; ticket++) {
            machine.happen(new ReplicationEvent.Proposed<>(ticket, "x".repeat(ticket == 0 ? 1_000 : 10), false));
        }
        machine.effects.clear();
        Version begin = new Version(machine.config().epoch(), 1);
        machine.receive(B, new ReplicationMessage.Diverged<>(machine.config().epoch(), 1, machine.now, begin, begin));
        assertThat(machine.sent(ReplicationMessage.Append.class)
                        .get(0)
                        .entries()
                        .size())
                .isEqualTo(1);
    }

    /** What the primary had when it began may have been committed under another, though it does not know. */
    @Test
    void oneThatComesMustHaveAllThatThePrimaryBeganWith() {
        List<LogEntry<String>> entries = List.of(
                new LogEntry<>(new Version(1, 1), "one"),
                new LogEntry<>(new Version(1, 2), "two"),
                new LogEntry<>(new Version(1, 3), "three"));
        Machine machine = new Machine(A, Machine.SETTINGS, new ReplicationStart<>(new Version(0, 0), entries, true));
        SliceConfig config = SliceConfig.first(A, new TreeSet<>(Set.of(A, B, C)))
                .with(B)
                .without(B)
                .ledBy(1);
        machine.learn(config);
        machine.after(3_100);
        machine.confirm(B, 2, 0);
        assertThat(machine.took(ReplicationEffect.Propose.class)).isEmpty();
        machine.confirm(B, 4, 0);
        assertThat(machine.took(ReplicationEffect.Propose.class))
                .containsExactly(new ReplicationEffect.Propose<String>(config.with(B)));
    }

    private static Machine backup(SliceConfig config) {
        List<LogEntry<String>> entries = List.of(
                new LogEntry<>(new Version(1, 1), "one"),
                new LogEntry<>(new Version(1, 2), "two"),
                new LogEntry<>(new Version(1, 3), "three"));
        Machine machine = new Machine(C, Machine.SETTINGS, new ReplicationStart<>(Version.NONE, entries, true));
        machine.learn(config);
        return machine;
    }

    @Test
    void aBackupConfirmsNothingWhileItHoldsMoreThanThePrimarySends() {
        SliceConfig before =
                SliceConfig.first(A, new TreeSet<>(Set.of(A, B, C))).with(B).ledBy(1);
        Machine machine = backup(before);
        machine.receive(A, new ReplicationMessage.Append<>(before, 5, new Version(1, 3), List.of(), 3, 0));
        assertThat(machine.replication.committed()).isEqualTo(3);
        SliceConfig after = before.takenOverBy(B, 1);
        machine.learn(after);
        machine.effects.clear();
        machine.receive(B, new ReplicationMessage.Append<>(after, 6, new Version(1, 2), List.of(), 2, 0));
        List<LogEntry<String>> other = List.of(new LogEntry<>(new Version(4, 3), "another"));
        machine.receive(B, new ReplicationMessage.Append<>(after, 7, new Version(1, 2), other, 2, 0));
        assertThat(machine.effects)
                .hasSize(2)
                .allSatisfy(effect -> assertThat(effect).asString().contains("Diverged", "held=" + new Version(1, 3)));
    }

    @Test
    void aWordOnAnotherStateOrProcessThatIsBehindIsIgnored() {
        SliceConfig config =
                SliceConfig.first(A, new TreeSet<>(Set.of(A, B, C))).ledBy(1);
        Machine machine = backup(config);
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 2, Version.NONE));
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 1, new Version(1, 2)));
        assertThat(machine.took(ReplicationEffect.Restore.class)).isEmpty();
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 1, Version.NONE));
        assertThat(machine.took(ReplicationEffect.Restore.class)).hasSize(1);
    }

    /** All in sync lost power while the copy was made, and what it has a part of is gone. */
    @Test
    void aCopyOfAStateThatGotLostIsMadeAgain() {
        SliceConfig config = SliceConfig.first(A, new TreeSet<>(Set.of(A, C))).ledBy(1);
        Machine machine = new Machine(C);
        machine.learn(config);
        machine.receive(A, new ReplicationMessage.Behind<>(config, 6, 1, Version.NONE));
        machine.happen(new ReplicationEvent.Restored<>(new Version(1, 5), new Version(1, 7)));
        List<LogEntry<String>> others = List.of(
                new LogEntry<>(new Version(1, 6), "kept"),
                new LogEntry<>(new Version(2, 7), null),
                new LogEntry<>(new Version(2, 8), "new"));
        machine.effects.clear();
        machine.receive(A, new ReplicationMessage.Append<>(config, 7, new Version(1, 5), others, 8, 0));
        assertThat(machine.effects).noneMatch(effect -> effect instanceof ReplicationEffect.Committed);
        assertThat(machine.took(ReplicationEffect.Restore.class)).hasSize(1);
    }

    @Test
    void wordsOfRestoresThatNobodyAskedForAreErrors() {
        Machine machine = new Machine(A);
        assertThatThrownBy(() -> machine.happen(new ReplicationEvent.RestoreFailed<>()))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new ReplicationEvent.Restored<String>(new Version(1, 7), new Version(1, 5)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ReplicationStart<>(
                        new Version(1, 7), List.of(new LogEntry<>(new Version(1, 9), "hole")), true))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
