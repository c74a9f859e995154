package magma.dht.batch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.key.KeyFunction;
import magma.dht.key.KeyScheme;
import magma.dht.record.Content;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Rights;
import magma.dht.record.Shard;
import magma.dht.record.Times;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;

/** A slice with one directory in it and a handful of files, and the batches that make and unmake them. */
final class Universe {
    static final Slice SLICE = new Slice(1, Key.MIN, Key.MAX);
    static final Records RECORDS = new Records(new KeyScheme(KeyFunction.SHA1));
    static final Key DIRECTORY = new Key(0x1111_0000_0000_0000L, 1, 1);
    static final RecordId SHARD = Records.shard(DIRECTORY, SLICE);
    static final UUID ANN = new UUID(1, 1);
    static final UUID BOB = new UUID(2, 2);

    private Universe() {}

    static Key file(int number) {
        return new Key(0x1111_0000_0000_0000L, 7, number);
    }

    static RecordId entry(int number) {
        try {
            return RECORDS.entry(DIRECTORY, Name.of("f" + number));
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
    }

    static Batch birthOfDirectory() {
        Rights rights = new Rights(0755, 0, 0, null, null, 1);
        return batch(
                List.of(new Condition.Absent(SHARD)),
                List.of(new Operation.NewShard(SHARD, Shard.empty(rights, Instant.EPOCH))));
    }

    /** A file with one name. */
    static Batch birth(int number) {
        Rights rights = new Rights(0644, 0, 0, null, null, 1);
        Content content = Content.EMPTY.withChunkLimit(4);
        Times times = Times.allAt(Instant.EPOCH);
        Flare flare = new Flare(FlareType.FILE, rights, 1, times, 1, 0, 0, new Flare.Special.File(content));
        return batch(
                List.of(
                        new Condition.Absent(entry(number)),
                        new Condition.Absent(Records.flare(file(number))),
                        new Condition.RightsAt(SHARD, 1)),
                List.of(
                        new Operation.Put(entry(number), new Entry(file(number), FlareType.FILE).encode()),
                        new Operation.ChangeShard(SHARD, ShardChange.moreEntries(1, 0)),
                        new Operation.NewFlare(Records.flare(file(number)), flare)));
    }

    static Batch unlink(int number) {
        return batch(
                List.of(new Condition.Exists(entry(number)), new Condition.Exists(Records.flare(file(number)))),
                List.of(
                        new Operation.Remove(entry(number)),
                        new Operation.ChangeShard(SHARD, ShardChange.moreEntries(-1, 0)),
                        new Operation.DropLink(Records.flare(file(number)))));
    }

    static Batch touch(int number) {
        RecordId flare = Records.flare(file(number));
        return batch(
                List.of(new Condition.Exists(flare)), List.of(new Operation.ChangeFlare(flare, FlareChange.TOUCH)));
    }

    static Batch batch(List<? extends Condition> conditions, List<? extends Operation> operations) {
        return new Batch(new ArrayList<>(conditions), new ArrayList<>(operations), Purpose.GROW);
    }

    static Command apply(Batch batch) {
        return new Command.Apply(batch);
    }

    static Batch of(Batch batch, ClientRequest client) {
        return new Batch(batch.conditions(), batch.operations(), batch.purpose(), client);
    }
}
