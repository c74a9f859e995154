package magma.dht.wire;

import java.nio.ByteBuffer;
import magma.dht.batch.SliceState;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.record.TransactionId;
import magma.dht.replication.Payload;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.VisibleCuts;

/** How what slices are made of stands in a frame between vulcanos. */
final class SliceFields {
    /** The most elements of any list. */
    static final int MOST = 100_000;

    /** The longest value of a record. */
    static final int VALUE_BYTES = 4 << 20;

    private static final int ID_BYTES = RecordId.PREFIX_BYTES + RecordId.MAX_SUB_KEY_BYTES;
    private static final int LEAST_MUTATION_BYTES = 5 + RecordId.PREFIX_BYTES;
    private static final int PUT = 1;
    private static final int DELETE = 2;
    private static final int WRITE = 3;
    private static final int PUNCH = 4;

    private SliceFields() {}

    static Encoder id(Encoder to, RecordId id) {
        return to.bytes(id.encoded());
    }

    static RecordId id(Decoder from) {
        return RecordId.decode(from.bytes(ID_BYTES));
    }

    static Encoder version(Encoder to, Version version) {
        return to.i64(version.epoch()).i64(version.sequence());
    }

    static Version version(Decoder from) {
        return new Version(from.i64(), from.i64());
    }

    static void record(Encoder to, StoredRecord record) {
        version(id(to, record.id()), record.version()).bytes(record.value());
    }

    static StoredRecord record(Decoder from) {
        return new StoredRecord(id(from), version(from), from.bytes(VALUE_BYTES));
    }

    static void lock(Encoder to, SliceState.LockedBy lock) {
        to.raw(lock.transaction().bytes()).key(lock.decidedAt());
    }

    static SliceState.LockedBy lock(Decoder from) {
        return new SliceState.LockedBy(TransactionId.of(from.raw(TransactionId.BYTES)), from.key());
    }

    static void cuts(Encoder to, VisibleCuts cuts) {
        to.list(cuts.cuts(), (e, cut) -> e.i64(cut.generation()).i32(cut.limit()));
    }

    static VisibleCuts cuts(Decoder from) {
        return new VisibleCuts(from.list(MOST, 12, f -> new VisibleCuts.Cut(f.i64(), f.i32())));
    }

    static void run(Encoder to, Storage.Run run) {
        to.i32(run.from()).i32(run.to());
    }

    static Storage.Run run(Decoder from) {
        return new Storage.Run(from.i32(), from.i32());
    }

    static void payload(Encoder to, Payload payload) {
        to.list(payload.mutations(), SliceFields::mutation);
    }

    static Payload payload(Decoder from) {
        return new Payload(from.list(MOST, LEAST_MUTATION_BYTES, SliceFields::mutation));
    }

    static void installed(Encoder to, Installed item) {
        mutation(version(to, item.version()), item.mutation());
    }

    static Installed installed(Decoder from) {
        Version version = version(from);
        return new Installed(mutation(from), version);
    }

    static void mutation(Encoder to, Mutation mutation) {
        if (mutation instanceof Mutation.Put put) {
            id(to.u8(PUT), put.id()).bytes(put.value());
        } else if (mutation instanceof Mutation.Delete) {
            id(to.u8(DELETE), mutation.id());
        } else if (mutation instanceof Mutation.Write write) {
            id(to.u8(WRITE), write.id())
                    .i32(write.offset())
                    .i64(write.generation())
                    .bytes(write.data());
        } else if (mutation instanceof Mutation.Punch punch) {
            id(to.u8(PUNCH), punch.id()).i32(punch.from()).i32(punch.to());
        } else {
            throw new IllegalStateException("unknown mutation " + mutation);
        }
    }

    static Mutation mutation(Decoder from) {
        int code = from.u8();
        RecordId id = id(from);
        return switch (code) {
            case PUT -> new Mutation.Put(id, from.bytes(VALUE_BYTES));
            case DELETE -> new Mutation.Delete(id);
            case WRITE ->
                new Mutation.Write(id, from.i32(), from.i64(), ByteBuffer.wrap(from.bytes(Mutation.CHUNK_BYTES)));
            case PUNCH -> new Mutation.Punch(id, from.i32(), from.i32());
            default -> throw new MalformedException("no mutation has the code " + code);
        };
    }
}
