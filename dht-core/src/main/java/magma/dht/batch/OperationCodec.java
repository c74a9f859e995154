package magma.dht.batch;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Rights;
import magma.dht.record.Shard;
import magma.dht.storage.RecordId;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** The bytes of operations, as intents keep them. Chunk operations have none: they never are part of a transaction. */
final class OperationCodec {
    private static final int MAX_ID = RecordId.PREFIX_BYTES + RecordId.MAX_SUB_KEY_BYTES;
    private static final int MAX_VALUE = 1 << 20;
    private static final int PUT = 1;
    private static final int REMOVE = 2;
    private static final int NEW_FLARE = 3;
    private static final int CHANGE_FLARE = 4;
    private static final int DROP_LINK = 5;
    private static final int NEW_SHARD = 6;
    private static final int CHANGE_SHARD = 7;

    private OperationCodec() {}

    static void write(Encoder to, Operation operation) {
        if (operation instanceof Operation.Put put) {
            head(to, PUT, operation).bytes(put.value());
        } else if (operation instanceof Operation.Remove) {
            head(to, REMOVE, operation);
        } else if (operation instanceof Operation.NewFlare born) {
            head(to, NEW_FLARE, operation).bytes(born.flare().encode());
        } else if (operation instanceof Operation.ChangeFlare change) {
            writeFlareChange(head(to, CHANGE_FLARE, operation), change.change());
        } else if (operation instanceof Operation.DropLink) {
            head(to, DROP_LINK, operation);
        } else if (operation instanceof Operation.NewShard born) {
            head(to, NEW_SHARD, operation).bytes(born.shard().encode());
        } else if (operation instanceof Operation.ChangeShard change) {
            writeShardChange(head(to, CHANGE_SHARD, operation), change.change());
        } else {
            throw new IllegalArgumentException("no operation for a transaction: " + operation);
        }
    }

    static Operation read(Decoder from) {
        int code = from.u8();
        RecordId id = readId(from);
        return switch (code) {
            case PUT -> new Operation.Put(id, from.bytes(MAX_VALUE));
            case REMOVE -> new Operation.Remove(id);
            case NEW_FLARE -> new Operation.NewFlare(id, Flare.decode(from.bytes(MAX_VALUE)));
            case CHANGE_FLARE -> new Operation.ChangeFlare(id, readFlareChange(from));
            case DROP_LINK -> new Operation.DropLink(id);
            case NEW_SHARD -> new Operation.NewShard(id, Shard.decode(from.bytes(MAX_VALUE)));
            case CHANGE_SHARD -> new Operation.ChangeShard(id, readShardChange(from));
            default -> throw new MalformedException("no operation has the code " + code);
        };
    }

    static void writeId(Encoder to, RecordId id) {
        to.bytes(id.encoded());
    }

    static RecordId readId(Decoder from) {
        return RecordId.decode(from.bytes(MAX_ID));
    }

    private static Encoder head(Encoder to, int code, Operation operation) {
        writeId(to.u8(code), operation.id());
        return to;
    }

    private static void writeFlareChange(Encoder to, FlareChange change) {
        to.i32(change.links())
                .optional(change.rights(), (e, rights) -> rights.write(e))
                .flag(change.dropPrivileges())
                .optional(change.content(), (e, content) -> content.write(e))
                .optional(change.size(), Encoder::i64)
                .i64(change.allocated())
                .list(times(change.accessed()), OperationCodec::writeTime)
                .list(times(change.modified()), OperationCodec::writeTime)
                .flag(change.changed())
                .optional(change.parent(), Encoder::key);
    }

    private static FlareChange readFlareChange(Decoder from) {
        int links = from.i32();
        Rights rights = from.optional(Rights::read);
        boolean dropPrivileges = from.flag();
        Content content = from.optional(Content::read);
        Long size = from.optional(Decoder::i64);
        long allocated = from.i64();
        TimeChange accessed = readTimes(from);
        TimeChange modified = readTimes(from);
        boolean changed = from.flag();
        Key parent = from.optional(Decoder::key);
        return new FlareChange(
                links, rights, dropPrivileges, content, size, allocated, accessed, modified, changed, parent);
    }

    private static void writeShardChange(Encoder to, ShardChange change) {
        to.i32(change.entries())
                .i32(change.subdirectories())
                .optional(change.rights(), (e, rights) -> rights.write(e))
                .list(times(change.modified()), OperationCodec::writeTime)
                .flag(change.changed());
    }

    private static ShardChange readShardChange(Decoder from) {
        int entries = from.i32();
        int subdirectories = from.i32();
        Rights rights = from.optional(Rights::read);
        TimeChange modified = readTimes(from);
        return new ShardChange(entries, subdirectories, rights, modified, from.flag());
    }

    private static List<TimeChange> times(@Nullable TimeChange change) {
        return change == null ? List.of() : List.of(change);
    }

    private static void writeTime(Encoder to, TimeChange change) {
        to.flag(change instanceof TimeChange.At);
        if (change instanceof TimeChange.At at) {
            to.time(at.time());
        }
    }

    private static @Nullable TimeChange readTimes(Decoder from) {
        List<TimeChange> times = from.list(1, one -> one.flag() ? new TimeChange.At(one.time()) : new TimeChange.Now());
        return times.isEmpty() ? null : times.get(0);
    }
}
