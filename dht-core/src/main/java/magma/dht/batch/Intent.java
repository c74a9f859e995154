package magma.dht.batch;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.storage.RecordId;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * One slice's part of a transaction that is prepared: it happens if the deciding slice says so.
 *
 * @param decidedAt where to ask how the transaction ended
 * @param watched the records that conditions were checked of; they stay as they are until the end
 * @param at when it happens, if it does: so what it comes to is known before it is decided. Null for when it is finished, as of a former format
 */
record Intent(
        Key decidedAt,
        List<RecordId> watched,
        List<Operation> operations,
        @Nullable Instant at) {
    private static final int WITHOUT_TIME = 1;
    private static final int FORMAT = 2;
    private static final int MOST = 100_000;

    Intent {
        watched = List.copyOf(watched);
        operations = List.copyOf(operations);
    }

    static Intent of(Key decidedAt, Batch batch, Instant at) {
        return new Intent(
                decidedAt, batch.conditions().stream().map(Condition::id).toList(), batch.operations(), at);
    }

    /** The records that no other batch may touch until this has ended. */
    Set<RecordId> locked() {
        Set<RecordId> ids = new HashSet<>(watched);
        operations.forEach(operation -> ids.add(operation.id()));
        return ids;
    }

    byte[] encode() {
        Encoder to = new Encoder(256)
                .u8(at == null ? WITHOUT_TIME : FORMAT)
                .key(decidedAt)
                .list(watched, OperationCodec::writeId)
                .list(operations, OperationCodec::write);
        return at == null ? to.toBytes() : to.time(at).toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no intent */
    static Intent decode(byte[] bytes) {
        return Decoder.decode("intent", bytes, from -> {
            int format = from.u8();
            if (format != FORMAT && format != WITHOUT_TIME) {
                throw new IllegalArgumentException("unknown format");
            }
            return new Intent(
                    from.key(),
                    from.list(MOST, OperationCodec::readId),
                    from.list(MOST, OperationCodec::read),
                    format == FORMAT ? from.time() : null);
        });
    }
}
