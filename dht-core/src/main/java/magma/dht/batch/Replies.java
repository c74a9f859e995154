package magma.dht.batch;

import java.util.Collection;
import java.util.UUID;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import org.jspecify.annotations.Nullable;

/**
 * What was answered to the last request of each slot, so that a request which arrives again is not carried out again. Answers to requests that changed something are
 * records; the others are known to this primary alone, where carrying them out anew is no harm.
 */
final class Replies {
    /** @param outcome null where it is to be read from the slot's record */
    private record Last(long sequence, @Nullable Outcome outcome) {}

    private static final Last NONE = new Last(Long.MIN_VALUE, null);

    private final Slice slice;
    private final RecordView view;
    private final Slots<Last> slots = new Slots<>();

    Replies(Slice slice, RecordView view) {
        this.slice = slice;
        this.view = view;
    }

    /** What is to be answered to a request that came before, or comes too late; null for a new one. */
    @Nullable
    Outcome to(RequestId id) throws StorageException {
        Last last = last(id);
        if (id.sequence() > last.sequence()) {
            return null;
        } else if (id.sequence() < last.sequence()) {
            return new Outcome.Superseded();
        } else if (last.outcome() != null) {
            return last.outcome();
        }
        StoredRecord record = view.get(idOf(id));
        StoredReply reply = record == null ? null : StoredReply.decode(record.value());
        return reply == null || reply.sequence() != id.sequence() ? new Outcome.Superseded() : reply.outcome();
    }

    private Last last(RequestId id) throws StorageException {
        Last last = slots.get(id.origin(), id.slot());
        if (last == null) {
            StoredRecord record = view.get(idOf(id));
            last = record == null
                    ? NONE
                    : new Last(StoredReply.decode(record.value()).sequence(), null);
            slots.put(id.origin(), id.slot(), last);
        }
        return last;
    }

    /** The mutation by which an answer is stored. */
    Mutation record(RequestId id, Outcome outcome) {
        return new Mutation.Put(idOf(id), new StoredReply(id.sequence(), outcome).encode());
    }

    /** The answer is in the slot's record. */
    void recorded(RequestId id) {
        slots.put(id.origin(), id.slot(), new Last(id.sequence(), null));
    }

    /** The answer is in no record: nothing was changed. */
    void remember(RequestId id, Outcome outcome) {
        slots.put(id.origin(), id.slot(), new Last(id.sequence(), outcome));
    }

    void forget(Collection<UUID> origins) {
        slots.forget(origins);
    }

    private RecordId idOf(RequestId id) {
        return Records.reply(slice, id.origin(), id.slot());
    }
}
