package magma.dht.batch;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.record.RecordKind;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;

/** How many flares a slice holds, which is a record too. */
final class FlareCount {
    private final RecordId record;
    private long count;

    FlareCount(Slice slice, RecordView view) throws StorageException {
        record = RecordId.of(slice.first(), RecordKind.COUNT.code());
        StoredRecord stored = view.get(record);
        count = stored == null ? 0 : Decoder.decode("count of flares", stored.value(), Decoder::i64);
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
