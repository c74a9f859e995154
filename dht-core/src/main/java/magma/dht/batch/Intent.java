package magma.dht.batch;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.storage.RecordId;
import magma.fs.Key;

/**
 * One slice's part of a transaction that is prepared: it happens if the deciding slice says so.
 *
 * @param decidedAt where to ask how the transaction ended
 * @param watched the records that conditions were checked of; they stay as they are until the end
 */
record Intent(Key decidedAt, List<RecordId> watched, List<Operation> operations) {
    private static final int FORMAT = 1;
    private static final int MOST = 100_000;

    Intent {
        watched = List.copyOf(watched);
        operations = List.copyOf(operations);
    }

    static Intent of(Key decidedAt, Batch batch) {
        return new Intent(
                decidedAt, batch.conditions().stream().map(Condition::id).toList(), batch.operations());
    }

    /** The records that no other batch may touch until this has ended. */
    Set<RecordId> locked() {
        Set<RecordId> ids = new HashSet<>(watched);
        operations.forEach(operation -> ids.add(operation.id()));
        return ids;
    }

    byte[] encode() {
        return new Encoder(256)
                .u8(FORMAT)
                .key(decidedAt)
                .list(watched, OperationCodec::writeId)
                .list(operations, OperationCodec::write)
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no intent */
    static Intent decode(byte[] bytes) {
        return Decoder.decode("intent", bytes, from -> {
            if (from.u8() != FORMAT) {
                throw new IllegalArgumentException("unknown format");
            }
            Key decidedAt = from.key();
            return new Intent(
                    decidedAt, from.list(MOST, OperationCodec::readId), from.list(MOST, OperationCodec::read));
        });
    }
}
