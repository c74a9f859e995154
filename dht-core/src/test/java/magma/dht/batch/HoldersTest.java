package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.record.LockList;
import magma.dht.record.Orphan;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.storage.StorageException;
import magma.fs.Key;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Files that are held open outlive their last name, for as long as somebody holds them, also over a failover; and no longer. */
class HoldersTest {
    private static final Key FILE = Universe.file(1);

    private TrialPrimary primary;

    @BeforeEach
    void fileIsThere() throws Exception {
        primary = new TrialPrimary(Universe.SLICE, false);
        primary.give(Universe.apply(Universe.birthOfDirectory()));
        primary.give(Universe.apply(Universe.birth(1)));
        primary.commitAll();
    }

    private void hold(UUID session) throws StorageException {
        assertThat(primary.give(new Command.Hold(FILE, session))).isInstanceOf(Outcome.Done.class);
    }

    private void release(UUID session) throws StorageException {
        primary.give(new Command.Release(FILE, session));
    }

    private void unlink() throws StorageException {
        assertThat(primary.give(Universe.apply(Universe.unlink(1)))).isInstanceOf(Outcome.Done.class);
    }

    private boolean isThere() {
        primary.commitAll();
        boolean flare = primary.records().get(Records.flare(FILE)) != null;
        assertThat(primary.state().flares()).isEqualTo(flare ? 1 : 0);
        return flare;
    }

    private Orphan orphan() {
        primary.commitAll();
        return Orphan.decode(primary.records().value(Records.orphan(FILE)));
    }

    private List<Outcome> whole(Command command) throws StorageException {
        List<Outcome> outcomes = new ArrayList<>();
        do {
            outcomes.add(primary.give(command));
        } while (outcomes.get(outcomes.size() - 1) instanceof Outcome.More);
        return outcomes;
    }

    @Test
    void aFileThatNobodyHoldsGoesWithItsLastName() throws Exception {
        unlink();
        assertThat(isThere()).isFalse();
    }

    @Test
    void theLastOfAllHoldsDecides() throws Exception {
        hold(Universe.ANN);
        hold(Universe.ANN);
        hold(Universe.BOB);
        unlink();
        assertThat(orphan()).isEqualTo(new Orphan(List.of(Universe.ANN, Universe.BOB), false));
        release(Universe.ANN);
        release(Universe.BOB);
        assertThat(isThere()).isTrue();
        release(Universe.ANN);
        assertThat(isThere()).isFalse();
        assertThat(primary.records().get(Records.orphan(FILE))).isNull();
    }

    @Test
    void aHoldThatIsNotCommittedYetCounts() throws Exception {
        primary.give(Universe.apply(Universe.birth(2)));
        assertThat(primary.give(new Command.Hold(Universe.file(2), Universe.ANN)))
                .isInstanceOf(Outcome.Done.class);
        primary.give(Universe.apply(Universe.unlink(2)));
        primary.commitAll();
        assertThat(primary.records().get(Records.orphan(Universe.file(2)))).isNotNull();
    }

    @Test
    void whatIsGoneCannotBeHeld() throws Exception {
        unlink();
        assertThat(primary.give(new Command.Hold(FILE, Universe.ANN))).isInstanceOf(Outcome.Stale.class);
    }

    @Test
    void theEndOfASessionLetsGoOfAllThatItHeld() throws Exception {
        hold(Universe.ANN);
        hold(Universe.ANN);
        hold(Universe.BOB);
        unlink();
        whole(new Command.EndSessions(List.of(Universe.ANN)));
        assertThat(isThere()).isTrue();
        whole(new Command.EndSessions(List.of(Universe.BOB)));
        assertThat(isThere()).isFalse();
    }

    @Test
    void sessionsThatEndTogetherLetGoTogether() throws Exception {
        hold(Universe.ANN);
        hold(Universe.BOB);
        unlink();
        whole(new Command.EndSessions(List.of(Universe.ANN, Universe.BOB)));
        assertThat(isThere()).isFalse();
    }

    @Test
    void aSessionThatHeldMuchEndsInSeveralSteps() throws Exception {
        int files = 2 * Holding.MOST + 10;
        for (int i = 2; i < files; i++) {
            primary.give(Universe.apply(Universe.birth(i)));
            primary.give(new Command.Hold(Universe.file(i), Universe.ANN));
            primary.give(Universe.apply(Universe.unlink(i)));
        }
        primary.commitAll();
        assertThat(whole(new Command.EndSessions(List.of(Universe.ANN)))).hasSize(3);
        unlink();
        assertThat(isThere()).isFalse();
        assertThat(kinds(RecordKind.ORPHAN)).isZero();
        assertThat(kinds(RecordKind.CLEANING)).isEqualTo(files - 1);
    }

    private long kinds(RecordKind kind) {
        return primary.records().all().stream()
                .filter(record -> record.id().kind() == kind.code())
                .count();
    }

    @Test
    void aNewPrimaryKeepsWhatMayBeHeldUntilAllHaveDeclared() throws Exception {
        hold(Universe.ANN);
        unlink();
        primary.failOver();
        release(Universe.BOB);
        whole(new Command.EndSessions(List.of(Universe.BOB)));
        assertThat(isThere()).isTrue();
        primary.give(new Command.Declare(Universe.ANN, List.of(FILE, Universe.file(3))));
        whole(new Command.EndReclaim());
        assertThat(isThere()).isTrue();
        assertThat(primary.state().isReclaiming()).isFalse();
        release(Universe.ANN);
        assertThat(isThere()).isFalse();
    }

    @Test
    void whatNobodyDeclaresGoesWithTheEndOfReclaiming() throws Exception {
        hold(Universe.ANN);
        unlink();
        primary.failOver();
        whole(new Command.EndReclaim());
        assertThat(isThere()).isFalse();
    }

    @Test
    void aFileUnlinkedWhileReclaimingIsKeptAsIfHeld() throws Exception {
        primary.failOver();
        unlink();
        assertThat(orphan()).isEqualTo(new Orphan(List.of(), true));
        hold(Universe.BOB);
        whole(new Command.EndReclaim());
        assertThat(isThere()).isTrue();
        release(Universe.BOB);
        assertThat(isThere()).isFalse();
    }

    @Test
    void manyOrphansGoInSeveralSteps() throws Exception {
        int files = 2 * Holding.MOST + 10;
        primary.failOver();
        for (int i = 2; i < files; i++) {
            primary.give(Universe.apply(Universe.birth(i)));
            primary.give(Universe.apply(Universe.unlink(i)));
        }
        primary.give(new Command.Declare(Universe.ANN, List.of(Universe.file(5))));
        assertThat(whole(new Command.EndReclaim())).hasSize(3);
        primary.commitAll();
        assertThat(kinds(RecordKind.ORPHAN)).isEqualTo(1);
    }

    @Test
    void anOrphanThatATransactionHasLockedGoesWhenItHasEnded() throws Exception {
        hold(Universe.ANN);
        unlink();
        TransactionId transaction = new TransactionId(0, 1);
        primary.give(new Command.Prepare(transaction, FILE, Universe.touch(1)));
        release(Universe.ANN);
        assertThat(isThere()).isTrue();
        primary.give(new Command.Finish(transaction, true));
        assertThat(isThere()).isFalse();
    }

    @Test
    void theLocksOfAFileGoWithIt() throws Exception {
        primary.give(Universe.apply(Universe.batch(
                List.of(), List.of(new Operation.Put(Records.locks(FILE), new LockList(List.of()).encode())))));
        unlink();
        assertThat(isThere()).isFalse();
        assertThat(primary.records().get(Records.locks(FILE))).isNull();
    }
}
