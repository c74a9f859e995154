package magma.dht.host;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.slice.Slice;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;

/**
 * Up to where the log must reach before what was copied of a slice is of one moment. A record of this replica alone: its kind is none of {@link magma.dht.record.RecordKind}'s,
 * so that it is never copied on.
 */
final class CopyMark {
    private static final int KIND = 200;

    private CopyMark() {}

    /** While a copy is installed. */
    static void put(Storage storage, Slice slice, Version upTo) throws StorageException {
        byte[] value = new Encoder(16).i64(upTo.epoch()).i64(upTo.sequence()).toBytes();
        storage.install(
                slice.number(), List.of(new Installed(new Mutation.Put(id(slice), value), upTo)), Purpose.RELEASE);
    }

    /** {@link Version#NONE} where nothing was copied. */
    static Version of(Storage storage, Slice slice) throws StorageException {
        StoredRecord mark = storage.get(id(slice));
        return mark == null
                ? Version.NONE
                : Decoder.decode("mark of a copy", mark.value(), from -> new Version(from.i64(), from.i64()));
    }

    private static RecordId id(Slice slice) {
        return RecordId.of(slice.first(), KIND);
    }
}
