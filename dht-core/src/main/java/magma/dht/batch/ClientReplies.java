package magma.dht.batch;

import java.util.Collection;
import java.util.UUID;
import magma.dht.record.ClientReply;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import org.jspecify.annotations.Nullable;

/** Which operation of each session's slots was decided last in a slice: none is carried out twice, whoever brings it. */
final class ClientReplies {
    private static final Long NONE = Long.MIN_VALUE;

    private final Slice slice;
    private final RecordView view;
    private final Slots<Long> slots = new Slots<>();

    ClientReplies(Slice slice, RecordView view) {
        this.slice = slice;
        this.view = view;
    }

    /** What is to be answered to an operation that was carried out, or comes too late; null for a new one. */
    @Nullable
    Outcome to(ClientRequest request) throws StorageException {
        long last = last(request);
        if (request.sequence() > last) {
            return null;
        }
        StoredRecord record = request.sequence() < last ? null : view.get(idOf(request));
        return record == null
                ? new Outcome.Superseded()
                : new Outcome.AlreadyDone(ClientReply.decode(record.value()).answer());
    }

    private long last(ClientRequest request) throws StorageException {
        Long last = slots.get(request.session(), request.slot());
        if (last == null) {
            StoredRecord record = view.get(idOf(request));
            last = record == null
                    ? NONE
                    : Long.valueOf(ClientReply.decode(record.value()).sequence());
            slots.put(request.session(), request.slot(), last);
        }
        return last;
    }

    /** The mutation by which it is recorded. */
    Mutation record(ClientRequest request) {
        return new Mutation.Put(idOf(request), new ClientReply(request.sequence(), request.answer()).encode());
    }

    void recorded(ClientRequest request) {
        slots.put(request.session(), request.slot(), request.sequence());
    }

    void forget(Collection<UUID> sessions) {
        slots.forget(sessions);
    }

    private RecordId idOf(ClientRequest request) {
        return Records.clientReply(slice, request.session(), request.slot());
    }
}
