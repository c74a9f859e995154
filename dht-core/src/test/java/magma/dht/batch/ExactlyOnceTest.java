package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.batch.SliceState.Step;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.fs.Key;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that arrive twice, late, or after a failover are carried out once. */
class ExactlyOnceTest {
    private TrialPrimary primary;

    @BeforeEach
    void fileIsThere() throws Exception {
        primary = new TrialPrimary(Universe.SLICE, false);
        primary.give(Universe.apply(Universe.birthOfDirectory()));
        primary.give(Universe.apply(Universe.birth(1)));
        primary.commitAll();
    }

    private static Request request(int slot, long sequence, Batch batch) {
        return new Request(Universe.apply(batch), new RequestId(Universe.ANN, slot, sequence));
    }

    private long changes() {
        primary.commitAll();
        return Flare.decode(primary.records().value(Records.flare(Universe.file(1))))
                .change();
    }

    private long replies(RecordKind kind) {
        primary.commitAll();
        return primary.records().all().stream()
                .filter(record -> record.id().kind() == kind.code())
                .count();
    }

    @Test
    void aDuplicateGetsTheFirstAnswerBeforeAndAfterTheCommit() throws Exception {
        Request request = request(0, 1, Universe.touch(1));
        Outcome first = primary.give(request).outcome();
        Step second = primary.give(request);
        assertThat(second.mutations()).isEmpty();
        assertThat(Texts.of(second.outcome())).isEqualTo(Texts.of(first));
        primary.commitAll();
        assertThat(Texts.of(primary.give(request).outcome())).isEqualTo(Texts.of(first));
        assertThat(changes()).isEqualTo(2);
    }

    @Test
    void aDuplicateGetsTheFirstAnswerFromTheNextPrimary() throws Exception {
        Request request = request(0, 1, Universe.touch(1));
        Outcome first = primary.give(request).outcome();
        primary.failOver();
        assertThat(Texts.of(primary.give(request).outcome())).isEqualTo(Texts.of(first));
        assertThat(changes()).isEqualTo(2);
    }

    @Test
    void aLateCopyIsSuperseded() throws Exception {
        Request early = request(0, 1, Universe.touch(1));
        primary.give(early);
        primary.give(request(0, 4, Universe.touch(1)));
        assertThat(primary.give(early).outcome()).isEqualTo(new Outcome.Superseded());
        primary.failOver();
        assertThat(primary.give(early).outcome()).isEqualTo(new Outcome.Superseded());
        assertThat(changes()).isEqualTo(3);
    }

    @Test
    void slotsAndOriginsDoNotMix() throws Exception {
        primary.give(request(0, 5, Universe.touch(1)));
        primary.give(request(1, 3, Universe.touch(1)));
        primary.give(new Request(Universe.apply(Universe.touch(1)), new RequestId(Universe.BOB, 0, 1)));
        assertThat(changes()).isEqualTo(4);
        assertThat(replies(RecordKind.REPLY)).isEqualTo(3);
    }

    @Test
    void aRefusedRequestIsNeverCarriedOut() throws Exception {
        Request early = request(0, 1, Universe.touch(2));
        Outcome refusal = primary.give(early).outcome();
        assertThat(refusal).isInstanceOf(Outcome.Stale.class);
        primary.give(Universe.apply(Universe.birth(2)));
        assertThat(primary.give(early).outcome()).isEqualTo(refusal);
        assertThat(primary.give(request(0, 2, Universe.touch(2))).outcome()).isInstanceOf(Outcome.Done.class);
        assertThat(primary.give(early).outcome()).isEqualTo(new Outcome.Superseded());
    }

    @Test
    void whatTheOwnerRefusesIsNeverCarriedOut() throws Exception {
        Request request = request(0, 1, Universe.touch(1));
        primary.state().refused(request, new Outcome.Full());
        assertThat(primary.give(request).outcome()).isEqualTo(new Outcome.Full());
        assertThat(changes()).isEqualTo(1);
    }

    @Test
    void aDuplicateThatChangesNoRecordCountsOnce() throws Exception {
        Request hold = new Request(new Command.Hold(Universe.file(1), Universe.ANN), new RequestId(Universe.ANN, 0, 1));
        primary.give(hold);
        primary.give(hold);
        primary.give(Universe.apply(Universe.unlink(1)));
        primary.give(new Command.Release(Universe.file(1), Universe.ANN));
        primary.commitAll();
        assertThat(primary.records().get(Records.flare(Universe.file(1)))).isNull();
    }

    @Test
    void repliesLeaveOutWhatNobodyAsksFor() throws Exception {
        byte[] content = new byte[4000];
        Batch batch = Universe.batch(List.of(), List.of(new Operation.Put(Records.inline(Universe.file(1)), content)));
        primary.give(request(0, 1, batch));
        primary.commitAll();
        byte[] reply = primary.records().value(Records.reply(Universe.SLICE, Universe.ANN, 0));
        assertThat(reply).hasSizeLessThan(64);
    }

    @Test
    void originsThatAreGoneAreForgottenStepByStep() throws Exception {
        for (int slot = 0; slot < 2500; slot++) {
            primary.give(request(slot, 1, Universe.touch(1)));
        }
        primary.give(new Request(Universe.apply(Universe.touch(1)), new RequestId(Universe.BOB, 0, 1)));
        UUID session = Universe.ANN;
        Batch client = Universe.of(Universe.touch(1), new ClientRequest(session, 3, 1, List.of()));
        primary.give(Universe.apply(client));
        assertThat(replies(RecordKind.REPLY)).isEqualTo(2501);
        assertThat(replies(RecordKind.CLIENT_REPLY)).isEqualTo(1);
        List<Outcome> outcomes = new ArrayList<>();
        do {
            outcomes.add(primary.give(new Command.ForgetOrigins(List.of(Universe.ANN))));
        } while (outcomes.get(outcomes.size() - 1) instanceof Outcome.More);
        assertThat(outcomes).hasSize(3);
        assertThat(replies(RecordKind.REPLY)).isEqualTo(1);
        assertThat(replies(RecordKind.CLIENT_REPLY)).isZero();
    }

    @Test
    void aClientsOperationIsCarriedOutOnceWhoeverBringsIt() throws Exception {
        List<Key> answer = List.of(Universe.file(1));
        Batch batch = Universe.of(Universe.touch(1), new ClientRequest(Universe.BOB, 7, 2, answer));
        assertThat(primary.give(request(0, 1, batch)).outcome()).isInstanceOf(Outcome.Done.class);
        assertThat(primary.give(request(5, 1, batch)).outcome()).isEqualTo(new Outcome.AlreadyDone(answer));
        primary.failOver();
        assertThat(primary.give(request(6, 1, batch)).outcome()).isEqualTo(new Outcome.AlreadyDone(answer));
        Batch earlier = Universe.of(Universe.touch(1), new ClientRequest(Universe.BOB, 7, 1, answer));
        assertThat(primary.give(request(7, 1, earlier)).outcome()).isEqualTo(new Outcome.Superseded());
        assertThat(changes()).isEqualTo(2);
    }

    @Test
    void aClientsOperationThatIsStaleMayBeTriedAgain() throws Exception {
        Batch batch = Universe.of(Universe.touch(2), new ClientRequest(Universe.BOB, 0, 1, List.of()));
        assertThat(primary.give(Universe.apply(batch))).isInstanceOf(Outcome.Stale.class);
        primary.give(Universe.apply(Universe.birth(2)));
        assertThat(primary.give(Universe.apply(batch))).isInstanceOf(Outcome.Done.class);
    }
}
