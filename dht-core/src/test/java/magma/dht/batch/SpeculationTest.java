package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import magma.dht.batch.SliceState.Step;
import magma.dht.record.ChunkLayout;
import magma.dht.record.RecordKind;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.fs.Key;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary that works ahead of what is committed does what one does that waits for each commit. */
class SpeculationTest {
    private static final int SEEDS = 60;
    private static final int REQUESTS = 600;

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 40, Integer.MAX_VALUE})
    void workingAheadComesToTheSameAsWaiting(int ahead) throws Exception {
        Map<String, Integer> outcomes = new TreeMap<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            run(seed, ahead, outcomes);
        }
        assertThat(outcomes.keySet())
                .as("what was tried")
                .contains("Done", "Stale", "Blocked", "Ended", "NotPrepared", "Abandoned", "Superseded", "AlreadyDone");
    }

    private static void run(long seed, int ahead, Map<String, Integer> outcomes) throws StorageException {
        Random random = new Random(seed);
        TrialPrimary waiting = new TrialPrimary(Universe.SLICE, true);
        TrialPrimary hurried = new TrialPrimary(Universe.SLICE, true);
        RandomRequests requests = new RandomRequests(random, waiting.records());
        waiting.give(Universe.apply(Universe.birthOfDirectory()));
        waiting.commitAll();
        hurried.give(Universe.apply(Universe.birthOfDirectory()));
        for (int i = 0; i < REQUESTS; i++) {
            Request request = requests.next();
            String what = "seed " + seed + ", request " + i + ": " + request;
            Step expected = waiting.give(request);
            waiting.commitAll();
            Step step = hurried.give(request);
            assertThat(Texts.of(step.outcome())).as(what).isEqualTo(Texts.of(expected.outcome()));
            assertThat(Texts.of(step.mutations())).as(what).isEqualTo(Texts.of(expected.mutations()));
            assertThat(hurried.state().flares())
                    .as(what)
                    .isEqualTo(waiting.state().flares());
            outcomes.merge(step.outcome().getClass().getSimpleName(), 1, Integer::sum);
            settle(hurried, random, ahead);
            if (random.nextInt(200) == 0) {
                waiting.failOver();
                hurried.failOver();
            }
        }
        hurried.commitAll();
        assertThat(hurried.records().text())
                .as("seed " + seed)
                .isEqualTo(waiting.records().text());
    }

    private static void settle(TrialPrimary hurried, Random random, int ahead) {
        if (hurried.uncommitted() > ahead) {
            hurried.show(1 + random.nextInt(hurried.uncommitted()));
        }
        if (random.nextInt(3) == 0) {
            hurried.told();
        }
    }

    @Test
    void scansSeeWhatIsProposedInOrderAndInPages() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            CommittedRecords committed = new CommittedRecords();
            CommittedRecords all = new CommittedRecords();
            Speculation speculation = new Speculation(committed);
            for (int sequence = 1; sequence <= 30; sequence++) {
                Version version = new Version(1, sequence);
                List<Mutation> mutations = List.of(mutation(random));
                speculation.propose(mutations, version);
                all.apply(mutations, version);
                if (sequence < 15) {
                    committed.apply(mutations, version);
                    speculation.committed(random.nextInt(sequence));
                }
            }
            RecordId from = id(random.nextInt(20));
            RecordId to = id(random.nextInt(20));
            for (int most = 1; most < 25; most++) {
                assertThat(speculation.scan(from, to, most).stream().map(Texts::of))
                        .isEqualTo(
                                all.scan(from, to, most).stream().map(Texts::of).toList());
            }
        }
    }

    private static Mutation mutation(Random random) {
        RecordId id = id(random.nextInt(20));
        return random.nextInt(3) == 0
                ? new Mutation.Delete(id)
                : new Mutation.Put(id, new byte[] {(byte) random.nextInt()});
    }

    private static RecordId id(int number) {
        return RecordId.of(new Key(number, 0, 0), RecordKind.XATTR.code());
    }

    @Test
    void runsOfChunksSeeWhatIsProposedAlsoWhereItIsCommittedAlready() throws Exception {
        Random random = new Random(8);
        RecordId chunk = Universe.RECORDS.chunk(Universe.file(1), 0, ChunkLayout.SPREAD);
        for (int round = 0; round < 500; round++) {
            CommittedRecords committed = new CommittedRecords();
            CommittedRecords all = new CommittedRecords();
            Speculation speculation = new Speculation(committed);
            int shown = random.nextInt(20);
            int told = random.nextInt(shown + 1);
            for (int sequence = 1; sequence <= 20; sequence++) {
                Version version = new Version(1, sequence);
                List<Mutation> mutations = List.of(change(chunk, random));
                speculation.propose(mutations, version);
                all.apply(mutations, version);
                if (sequence <= shown) {
                    committed.apply(mutations, version);
                }
                speculation.committed(Math.min(sequence, told));
                if (sequence >= shown) {
                    assertThat(speculation.runs(chunk)).isEqualTo(all.runs(chunk));
                    assertThat(speculation.get(chunk) == null).isEqualTo(all.get(chunk) == null);
                }
            }
        }
    }

    private static Mutation change(RecordId chunk, Random random) {
        int from = random.nextInt(60);
        int length = 1 + random.nextInt(20);
        return switch (random.nextInt(8)) {
            case 0 -> new Mutation.Delete(chunk);
            case 1, 2 -> new Mutation.Punch(chunk, from, from + length);
            default -> new Mutation.Write(chunk, from, 1, ByteBuffer.allocate(length));
        };
    }
}
