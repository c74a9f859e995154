package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import magma.dht.batch.SliceState.LockedBy;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.fs.Key;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who sees which lock while records are committed later than they are proposed. */
class PreparedLocksTest {
    private static final Key ELSEWHERE = new Key(1, 2, 3);
    private static final RecordId FLARE = Records.flare(Universe.file(1));
    private static final TransactionId FIRST = new TransactionId(0, 1);
    private static final TransactionId SECOND = new TransactionId(0, 2);

    private TrialPrimary primary;

    @BeforeEach
    void fileIsThere() throws Exception {
        primary = new TrialPrimary(Universe.SLICE, false);
        primary.give(Universe.apply(Universe.birthOfDirectory()));
        primary.give(Universe.apply(Universe.birth(1)));
        primary.commitAll();
    }

    private void prepare(TransactionId transaction) throws Exception {
        Command prepare = new Command.Prepare(transaction, ELSEWHERE, Universe.touch(1));
        assertThat(primary.give(prepare)).isInstanceOf(Outcome.Done.class);
    }

    private void finish(TransactionId transaction) throws Exception {
        assertThat(primary.give(new Command.Finish(transaction, true))).isInstanceOf(Outcome.Done.class);
    }

    private long changes() {
        return Flare.decode(primary.records().value(FLARE)).change();
    }

    @Test
    void readersSeeALockFromTheProposalOn() throws Exception {
        prepare(FIRST);
        assertThat(primary.state().lockOn(FLARE)).isEqualTo(new LockedBy(FIRST, ELSEWHERE));
        assertThat(primary.give(Universe.apply(Universe.touch(1)))).isEqualTo(new Outcome.Blocked(FIRST, ELSEWHERE));
    }

    @Test
    void readersSeeALockUntilWhatItsTransactionWroteIsCommitted() throws Exception {
        prepare(FIRST);
        finish(FIRST);
        assertThat(primary.state().lockOn(FLARE)).as("proposed").isNotNull();
        primary.show(1);
        primary.told();
        assertThat(primary.state().lockOn(FLARE)).as("prepared").isNotNull();
        primary.show(1);
        assertThat(primary.state().lockOn(FLARE)).as("not told yet").isNotNull();
        primary.told();
        assertThat(primary.state().lockOn(FLARE)).isNull();
        assertThat(changes()).isEqualTo(2);
    }

    @Test
    void batchesAreNotBlockedByWhatHasEndedAndIsNotCommitted() throws Exception {
        prepare(FIRST);
        finish(FIRST);
        assertThat(primary.give(Universe.apply(Universe.touch(1)))).isInstanceOf(Outcome.Done.class);
        assertThat(primary.state().pending()).isEmpty();
        primary.commitAll();
        assertThat(changes()).isEqualTo(3);
    }

    @Test
    void readersSeeTheFirstOfTwoTransactionsUntilItIsCommitted() throws Exception {
        prepare(FIRST);
        finish(FIRST);
        prepare(SECOND);
        assertThat(primary.give(Universe.apply(Universe.touch(1)))).isEqualTo(new Outcome.Blocked(SECOND, ELSEWHERE));
        primary.commit(1);
        assertThat(primary.state().lockOn(FLARE)).isEqualTo(new LockedBy(FIRST, ELSEWHERE));
        primary.commit(1);
        assertThat(primary.state().lockOn(FLARE)).isEqualTo(new LockedBy(SECOND, ELSEWHERE));
        primary.give(new Command.Finish(SECOND, false));
        primary.commitAll();
        assertThat(primary.state().lockOn(FLARE)).isNull();
    }

    @Test
    void aNewPrimaryKnowsWhatIsPrepared() throws Exception {
        prepare(FIRST);
        primary.failOver();
        assertThat(primary.state().lockOn(FLARE)).isEqualTo(new LockedBy(FIRST, ELSEWHERE));
        assertThat(primary.state().pending()).isEqualTo(List.of(new LockedBy(FIRST, ELSEWHERE)));
    }

    @Test
    void aStepThatIsNeverProposedChangesNothing() throws Exception {
        prepare(FIRST);
        Request finish = new Request(new Command.Finish(FIRST, true), new RequestId(Universe.ANN, 0, 1));
        assertThat(primary.state().evaluate(finish, java.time.Instant.EPOCH).mutations())
                .isNotEmpty();
        assertThat(primary.state().pending()).hasSize(1);
        assertThat(primary.give(finish).mutations()).isNotEmpty();
        assertThat(primary.state().pending()).isEmpty();
    }
}
