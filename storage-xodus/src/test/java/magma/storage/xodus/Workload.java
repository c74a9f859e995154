package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Key;

/** Random work on few slices and ids, the same for every storage it is done on. */
final class Workload {
    static final RecordId FIRST = RecordId.of(Key.MIN, 1);
    static final RecordId LAST = RecordId.of(Key.MAX, 255);
    static final int VALUE = 1;
    static final int CONTENT = 2;

    private static final int SLICES = 3;

    private final Random random;
    private final int ids;
    private final int largest;
    private final Version[] tails = new Version[SLICES + 1];
    private final Version[] committed = new Version[SLICES + 1];

    /** @param largest the longest write */
    Workload(long seed, int ids, int largest) {
        this.random = new Random(seed);
        this.ids = ids;
        this.largest = largest;
        Arrays.fill(tails, Version.NONE);
        Arrays.fill(committed, Version.NONE);
    }

    Random random() {
        return random;
    }

    /** One step in a slice's life. */
    sealed interface Step {
        record Append(LogRecord record) implements Step {}

        record Commit(long slice, Version version) implements Step {}

        record Truncate(long slice, Version version) implements Step {}
    }

    static void run(Step step, Storage on) throws StorageException {
        if (step instanceof Step.Append append) {
            on.append(append.record(), Purpose.GROW);
        } else if (step instanceof Step.Commit commit) {
            on.commit(commit.slice(), commit.version());
        } else if (step instanceof Step.Truncate truncate) {
            on.truncate(truncate.slice(), truncate.version());
        }
    }

    /** Appends, mostly followed by a commit; now and then what is not committed is truncated. */
    List<Step> next() {
        int slice = 1 + random.nextInt(SLICES);
        Version tail = tails[slice];
        if (random.nextInt(12) == 0 && tail.compareTo(committed[slice]) > 0) {
            tails[slice] = new Version(tail.epoch() + 1, committed[slice].sequence());
            return List.of(new Step.Truncate(slice, committed[slice]));
        }
        Version version = new Version(Math.max(1, tail.epoch()), tail.sequence() + 1);
        List<Step> steps = new ArrayList<>();
        steps.add(new Step.Append(new LogRecord(slice, version, mutations(slice))));
        tails[slice] = version;
        if (random.nextInt(5) > 0) {
            steps.add(new Step.Commit(slice, version));
            committed[slice] = version;
        }
        return steps;
    }

    /** Commits on a storage that was started again what had been committed before. It may know some of that, but nothing more. */
    void takeUp(Storage storage, String when) throws StorageException {
        for (long slice = 1; slice <= SLICES; slice++) {
            Version known = storage.commits().getOrDefault(slice, Version.NONE);
            assertThat(known).as(when).isLessThanOrEqualTo(committed[(int) slice]);
            storage.commit(slice, committed[(int) slice]);
        }
    }

    /** Commits everything, as the only replica does. */
    static void commitAll(Storage storage) throws StorageException {
        for (Map.Entry<Long, Version> tail : storage.tails().entrySet()) {
            storage.commit(tail.getKey(), tail.getValue());
        }
    }

    private List<Mutation> mutations(int slice) {
        List<Mutation> mutations = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutations.add(mutation(slice));
        }
        return mutations;
    }

    private Mutation mutation(int slice) {
        RecordId value = id(slice, VALUE, random.nextInt(ids));
        RecordId chunk = id(slice, CONTENT, random.nextInt(Math.max(1, ids / 4)));
        int span = 4 * largest;
        int from = random.nextInt(span);
        int to = Math.min(span, from + 1 + random.nextInt(largest));
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> new Mutation.Put(value, bytes(random.nextInt(100)));
            case 4, 5 -> new Mutation.Delete(value);
            case 6 -> random.nextInt(3) == 0 ? new Mutation.Delete(chunk) : new Mutation.Punch(chunk, from, to);
            case 7 -> new Mutation.Punch(chunk, from, to);
            default -> new Mutation.Write(chunk, from, random.nextInt(3), ByteBuffer.wrap(bytes(to - from)));
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static RecordId id(long slice, int kind, int place) {
        return RecordId.of(new Key(slice, place, 0), kind);
    }

    /** Looks at everything that there is. */
    void compare(Storage storage, Storage model, String when) throws StorageException {
        assertThat(rows(storage)).as(when).isEqualTo(rows(model));
        assertThat(storage.tails()).as(when).isEqualTo(model.tails());
        assertThat(storage.commits()).as(when).isEqualTo(model.commits());
        for (int slice = 1; slice <= SLICES; slice++) {
            assertThat(texts(storage.uncommitted(slice))).as(when).isEqualTo(texts(model.uncommitted(slice)));
            for (int place = 0; place < Math.max(1, ids / 4); place++) {
                RecordId chunk = id(slice, CONTENT, place);
                for (Visibility visibility : List.<Visibility>of(Visibility.ALL, g -> g == 1 ? largest : 3 * largest)) {
                    assertThat(storage.runs(chunk, visibility))
                            .as("%s, runs of %s", when, chunk)
                            .isEqualTo(model.runs(chunk, visibility));
                    ByteBuffer got = ByteBuffer.allocate(4 * largest);
                    ByteBuffer expected = ByteBuffer.allocate(4 * largest);
                    storage.readContent(chunk, 0, got, visibility);
                    model.readContent(chunk, 0, expected, visibility);
                    assertThat(Arrays.mismatch(got.array(), expected.array()))
                            .as("%s, content of %s", when, chunk)
                            .isEqualTo(-1);
                }
            }
        }
    }

    /** Log records with all that they say, comparable. */
    static List<String> texts(List<LogRecord> records) {
        List<String> texts = new ArrayList<>();
        for (LogRecord record : records) {
            StringBuilder text = new StringBuilder(record.slice() + " " + record.version());
            for (Mutation mutation : record.mutations()) {
                text.append(' ').append(mutation.getClass().getSimpleName()).append(mutation.id());
                if (mutation instanceof Mutation.Put put) {
                    text.append(Arrays.toString(put.value()));
                } else if (mutation instanceof Mutation.Write write) {
                    text.append(write.offset() + " " + write.generation() + " " + write.data());
                    text.append(write.data().hashCode());
                } else if (mutation instanceof Mutation.Punch punch) {
                    text.append(punch.from() + " " + punch.to());
                }
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** Records and chunks with their versions. */
    static List<String> rows(Storage storage) throws StorageException {
        List<String> rows = new ArrayList<>();
        for (StoredRecord record : storage.scan(FIRST, LAST, Integer.MAX_VALUE)) {
            boolean chunk = record.id().kind() == CONTENT;
            rows.add(record.id() + " " + record.version() + (chunk ? "" : " " + Arrays.toString(record.value())));
        }
        return rows;
    }
}
