package magma.dht.batch;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import org.jspecify.annotations.Nullable;

/** How many flares a slice holds, which is a record too. */
public final class FlareCount {
    private final RecordId record;
    private long count;

    FlareCount(Slice slice, RecordView view) throws StorageException {
        record = Records.flareCount(slice);
        count = of(view.get(record));
    }

    /** What the record says. @throws magma.dht.codec.MalformedException when it is no count */
    public static long of(@Nullable StoredRecord stored) {
        return stored == null ? 0 : Decoder.decode("count of flares", stored.value(), Decoder::i64);
    }

    long count() {
        return count;
    }

    void add(long more) {
        count += more;
    }

    /** The mutation that goes with {@link #add}. */
    Mutation plus(long more) {
        return new Mutation.Put(record, new Encoder(8).i64(count + more).toBytes());
    }
}
