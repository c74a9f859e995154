package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import magma.dht.batch.SliceState.Step;
import magma.dht.record.ChunkLayout;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

/** What is written to a chunk with a generation that others have overtaken covers nothing of theirs, committed or not. */
class LateWritesTest {
    private static final RecordId CHUNK = Universe.RECORDS.chunk(Universe.file(1), 0, ChunkLayout.SPREAD);
    private static final int LENGTH = 60;

    private final CommittedRecords records = new CommittedRecords();
    private Version last = new Version(1, 0);

    private Step give(SliceState state, Operation... operations) throws Exception {
        Batch batch = Universe.batch(List.of(), List.of(operations));
        Step step = state.evaluate(new Request(new Command.Apply(batch), null), Instant.EPOCH);
        if (!step.mutations().isEmpty()) {
            last = last.next();
            state.proposed(step, last);
        }
        return step;
    }

    private static Operation write(int from, int to, long generation) {
        ByteBuffer data = ByteBuffer.allocate(to + 3);
        for (int i = 0; i < to + 3; i++) {
            data.put((byte) (i - 3 + generation));
        }
        return new Operation.WriteChunk(CHUNK, from, generation, data.flip().position(from + 3));
    }

    private static List<Run> ranges(Step step) {
        List<Run> ranges = new ArrayList<>();
        for (Mutation mutation : step.mutations()) {
            Mutation.Write write = (Mutation.Write) mutation;
            ranges.add(new Run(write.offset(), write.offset() + write.data().remaining()));
            assertThat(write.data().get(write.data().position()))
                    .isEqualTo((byte) (write.offset() + write.generation()));
        }
        return ranges;
    }

    @Test
    void whatIsLateGoesIntoTheGapsOnly() throws Exception {
        SliceState state = new SliceState(Universe.SLICE, records, false);
        give(state, write(10, 20, 5), write(30, 40, 5));
        Step late = give(state, write(5, 45, 4));
        assertThat(ranges(late)).containsExactly(new Run(5, 10), new Run(20, 30), new Run(40, 45));
        assertThat(((Outcome.Done) late.outcome()).allocated()).isEqualTo(20);
        assertThat(give(state, write(12, 18, 1)).mutations()).isEmpty();
        assertThat(ranges(give(state, write(12, 18, 5)))).containsExactly(new Run(12, 18));
        assertThat(ranges(give(state, write(0, 50, 6)))).containsExactly(new Run(0, 50));
    }

    @Test
    void whatIsCommittedCountsAsWhatIsNot() throws Exception {
        SliceState state = new SliceState(Universe.SLICE, records, false);
        Step first = give(state, write(10, 20, 5));
        records.apply(first.mutations(), last);
        assertThat(ranges(give(state, write(0, 30, 4)))).containsExactly(new Run(0, 10), new Run(20, 30));
        state.committed(last.sequence() - 1);
        assertThat(ranges(give(state, write(0, 30, 4)))).containsExactly(new Run(0, 10), new Run(20, 30));
        give(state, new Operation.PunchChunk(CHUNK, 0, LENGTH));
        assertThat(ranges(give(state, write(0, 30, 1)))).containsExactly(new Run(0, 30));
    }

    @Test
    void theHighestGenerationIsKeptWhateverTheOrder() throws Exception {
        Random random = new Random(11);
        for (int round = 0; round < 300; round++) {
            CommittedRecords committed = new CommittedRecords();
            SliceState state = new SliceState(Universe.SLICE, committed, false);
            last = new Version(1, 0);
            long[] expected = new long[LENGTH];
            for (int i = 0; i < 12; i++) {
                int from = random.nextInt(40);
                int to = from + 1 + random.nextInt(20);
                long generation = 1L + random.nextInt(4);
                Step step = give(state, write(from, to, generation));
                committed.apply(step.mutations(), last);
                if (random.nextBoolean()) {
                    state.committed(last.sequence());
                }
                for (int at = from; at < to; at++) {
                    expected[at] = Math.max(expected[at], generation);
                }
            }
            for (long generation = 1; generation <= 5; generation++) {
                BitSet bits = new BitSet();
                for (int at = 0; at < LENGTH; at++) {
                    bits.set(at, expected[at] >= generation);
                }
                BitSet stored = new BitSet();
                committed.runs(CHUNK, generation).forEach(run -> stored.set(run.from(), run.to()));
                assertThat(stored).isEqualTo(bits);
            }
        }
    }
}
