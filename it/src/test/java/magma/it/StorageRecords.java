package magma.it;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Key;

/** The records that a load appends to one slice, on ids of its own: the same for the same seed. */
final class StorageRecords {
    private static final int VALUE = 1;
    private static final int CONTENT = 2;
    private static final int VALUES = 300;
    private static final int CHUNKS = 12;
    private static final int CONTENT_BYTES = 200_000;
    private static final int LARGEST = 40_000;

    /** Older generations count to a third of the content. */
    private static final Visibility OLDER_CUT = generation -> generation > 1 ? CONTENT_BYTES : CONTENT_BYTES / 3;

    private final long slice;
    private final Random random;
    private Version last;

    /** @param tail what the slice ends with; the records are of the epoch after */
    StorageRecords(long slice, long seed, Version tail) {
        this.slice = slice;
        this.random = new Random(seed * 31 + slice);
        this.last = new Version(tail.epoch() + 1, tail.sequence());
    }

    LogRecord next() {
        last = new Version(last.epoch(), last.sequence() + 1);
        List<Mutation> mutations = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            mutations.add(mutation());
        }
        return new LogRecord(slice, last, mutations);
    }

    private Mutation mutation() {
        RecordId value = id(slice, VALUE, random.nextInt(VALUES));
        RecordId chunk = id(slice, CONTENT, random.nextInt(CHUNKS));
        int from = random.nextInt(CONTENT_BYTES);
        int length = random.nextInt(4) == 0 ? 1 + random.nextInt(LARGEST) : 1 + random.nextInt(3000);
        int to = Math.min(CONTENT_BYTES, from + length);
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> new Mutation.Put(value, bytes(random.nextInt(200)));
            case 5, 6 -> new Mutation.Delete(value);
            case 7 -> random.nextInt(5) == 0 ? new Mutation.Delete(chunk) : new Mutation.Punch(chunk, from, to);
            default -> new Mutation.Write(chunk, from, random.nextInt(3), ByteBuffer.wrap(bytes(to - from)));
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static RecordId id(long slice, int kind, int place) {
        return RecordId.of(new Key(slice, place, 0), kind);
    }

    /** Compares all records and content of a slice. @return what differs; empty when nothing does */
    static String difference(long slice, Storage storage, Storage model) throws StorageException {
        for (int place = 0; place < VALUES; place++) {
            RecordId id = id(slice, VALUE, place);
            var one = storage.get(id);
            var other = model.get(id);
            boolean same = one == null || other == null
                    ? one == null && other == null
                    : one.version().equals(other.version()) && Arrays.equals(one.value(), other.value());
            if (!same) {
                return id + " is " + one + " and should be " + other;
            }
        }
        for (int place = 0; place < CHUNKS; place++) {
            RecordId id = id(slice, CONTENT, place);
            for (Visibility visibility : List.of(Visibility.ALL, OLDER_CUT)) {
                ByteBuffer one = ByteBuffer.allocate(CONTENT_BYTES);
                ByteBuffer other = ByteBuffer.allocate(CONTENT_BYTES);
                storage.readContent(id, 0, one, visibility);
                model.readContent(id, 0, other, visibility);
                int at = Arrays.mismatch(one.array(), other.array());
                if (at >= 0 || !storage.runs(id, visibility).equals(model.runs(id, visibility))) {
                    return "content of " + id + " differs, at " + at;
                }
            }
        }
        return "";
    }
}
