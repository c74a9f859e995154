package magma.dht.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import magma.dht.record.ChunkLayout;
import magma.dht.record.LockList;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.fs.Key;
import magma.fs.XattrName;

/** Requests of all kinds, composed from records as they are or were, new and repeated. */
final class RandomRequests {
    private static final int FILES = 5;
    private static final int SLOTS = 2;
    private static final int TRANSACTIONS = 3;

    private final Random random;
    private final CommittedRecords records;
    private final List<Request> sent = new ArrayList<>();
    private final List<StoredRecord> seen = new ArrayList<>();
    private final long[] sequences = new long[SLOTS];
    private final long[] operations = new long[SLOTS];
    private int transactions;

    /** @param records what they are composed from */
    RandomRequests(Random random, CommittedRecords records) {
        this.random = random;
        this.records = records;
    }

    Request next() {
        if (!sent.isEmpty() && random.nextInt(6) == 0) {
            return sent.get(sent.size() - 1 - random.nextInt(Math.min(8, sent.size())));
        }
        RequestId id = null;
        if (random.nextInt(4) != 0) {
            int slot = random.nextInt(SLOTS);
            id = new RequestId(random.nextBoolean() ? Universe.ANN : Universe.BOB, slot, ++sequences[slot]);
        }
        Request request = new Request(command(), id);
        if (id != null) {
            sent.add(request);
        }
        return request;
    }

    private Command command() {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> Universe.apply(maybeOfClient(batch()));
            case 4 -> new Command.Prepare(transaction(), key(), batchWithoutChunks());
            case 5 -> new Command.Decide(transaction(), key(), List.of(key()), maybeOfClient(batch()));
            case 6 -> new Command.Finish(transaction(), random.nextBoolean());
            case 7 ->
                random.nextBoolean()
                        ? new Command.Abandon(transaction(), key())
                        : new Command.Forget(transaction(), key());
            case 8 -> new Command.Hold(key(), session());
            case 9 -> new Command.Release(key(), session());
            default -> rare();
        };
    }

    private Command rare() {
        return switch (random.nextInt(8)) {
            case 0 -> new Command.EndReclaim();
            case 1 -> new Command.EndSessions(List.of(session()));
            case 2 -> new Command.Declare(session(), List.of(key(), key()));
            case 3 -> new Command.ForgetOrigins(List.of(session()));
            default -> Universe.apply(chunks());
        };
    }

    private Batch maybeOfClient(Batch batch) {
        if (random.nextInt(3) != 0) {
            return batch;
        }
        int slot = random.nextInt(SLOTS);
        operations[slot] += random.nextInt(3) - (operations[slot] > 0 ? 1 : 0);
        return Universe.of(batch, new ClientRequest(session(), slot, operations[slot], List.of(key())));
    }

    private Batch batch() {
        int file = random.nextInt(FILES);
        return switch (random.nextInt(6)) {
            case 0 -> Universe.birth(file);
            case 1 -> Universe.unlink(file);
            case 2 -> attribute(file);
            case 3 -> locks(file);
            case 4 -> chunks();
            default -> asSeen();
        };
    }

    private Batch batchWithoutChunks() {
        int file = random.nextInt(FILES);
        return switch (random.nextInt(4)) {
            case 0 -> Universe.birth(file);
            case 1 -> Universe.unlink(file);
            case 2 -> attribute(file);
            default -> Universe.touch(file);
        };
    }

    private Batch attribute(int file) {
        RecordId id = Records.xattr(Universe.file(file), new XattrName("user." + random.nextInt(4)));
        Operation operation = random.nextInt(3) == 0
                ? new Operation.Remove(id)
                : new Operation.Put(id, new byte[] {(byte) random.nextInt()});
        return Universe.batch(List.of(new Condition.Exists(Records.flare(Universe.file(file)))), List.of(operation));
    }

    private static Batch locks(int file) {
        RecordId id = Records.locks(Universe.file(file));
        return Universe.batch(
                List.of(new Condition.Exists(Records.flare(Universe.file(file)))),
                List.of(new Operation.Put(id, new LockList(List.of()).encode())));
    }

    private RecordId chunk() {
        ChunkLayout[] layouts = ChunkLayout.values();
        return Universe.RECORDS.chunk(key(), random.nextInt(2), layouts[random.nextInt(layouts.length)]);
    }

    private Batch chunks() {
        List<Operation> operations = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            RecordId chunk = chunk();
            int from = random.nextInt(40);
            int length = 1 + random.nextInt(20);
            operations.add(
                    random.nextInt(3) == 0
                            ? new Operation.PunchChunk(chunk, from, from + length)
                            : new Operation.WriteChunk(chunk, from, random.nextInt(3), ByteBuffer.allocate(length)));
        }
        if (random.nextInt(8) == 0) {
            operations.clear();
            operations.add(new Operation.Remove(chunk()));
        }
        return Universe.batch(List.of(), operations);
    }

    /** Touches a flare if it is as it was read, now or some time ago. */
    private Batch asSeen() {
        RecordId id = Records.flare(key());
        StoredRecord record = records.get(id);
        if (record == null) {
            return Universe.birthOfDirectory();
        }
        seen.add(record);
        StoredRecord known = seen.get(seen.size() - 1 - random.nextInt(Math.min(3, seen.size())));
        return Universe.batch(
                List.of(new Condition.Exists(id), new Condition.AtVersion(known.id(), known.version())),
                List.of(new Operation.ChangeFlare(id, FlareChange.TOUCH)));
    }

    private TransactionId transaction() {
        if (random.nextInt(10) == 0) {
            transactions++;
        }
        return new TransactionId(0, transactions + random.nextInt(TRANSACTIONS));
    }

    private Key key() {
        return Universe.file(random.nextInt(FILES));
    }

    private UUID session() {
        return random.nextBoolean() ? Universe.ANN : Universe.BOB;
    }
}
