package magma.dht.batch;

import java.nio.ByteBuffer;
import java.util.UUID;
import magma.dht.batch.Command.Abandon;
import magma.dht.batch.Command.Apply;
import magma.dht.batch.Command.Decide;
import magma.dht.batch.Command.Declare;
import magma.dht.batch.Command.EndReclaim;
import magma.dht.batch.Command.EndSessions;
import magma.dht.batch.Command.Finish;
import magma.dht.batch.Command.Forget;
import magma.dht.batch.Command.ForgetOrigins;
import magma.dht.batch.Command.Hold;
import magma.dht.batch.Command.Prepare;
import magma.dht.batch.Command.Release;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.record.TransactionId;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Version;
import magma.fs.Key;

/** The bytes of requests, as one vulcano sends them to another: the request's id, a code (1), then the command's fields. */
public final class RequestCodec {
    private static final int MOST = 100_000;
    private static final int LEAST_RECORD_BYTES = 5 + RecordId.PREFIX_BYTES;
    private static final int UUID_BYTES = 16;

    private static final int APPLY = 1;
    private static final int PREPARE = 2;
    private static final int DECIDE = 3;
    private static final int FINISH = 4;
    private static final int ABANDON = 5;
    private static final int FORGET = 6;
    private static final int HOLD = 7;
    private static final int RELEASE = 8;
    private static final int DECLARE = 9;
    private static final int END_RECLAIM = 10;
    private static final int END_SESSIONS = 11;
    private static final int FORGET_ORIGINS = 12;

    private static final int ABSENT = 1;
    private static final int EXISTS = 2;
    private static final int AT_VERSION = 3;
    private static final int RIGHTS_AT = 4;
    private static final int EMPTY = 5;

    private static final int WRITE_CHUNK = 101;
    private static final int PUNCH_CHUNK = 102;
    private static final int OTHER = 100;

    private RequestCodec() {}

    public static void write(Encoder to, Request request) {
        to.optional(request.id(), (e, id) -> uuid(e, id.origin()).i32(id.slot()).i64(id.sequence()));
        Command command = request.command();
        if (command instanceof Apply apply) {
            batch(to.u8(APPLY), apply.batch());
        } else if (command instanceof Prepare prepare) {
            batch(to.u8(PREPARE).raw(prepare.transaction().bytes()).key(prepare.decidedAt()), prepare.batch());
        } else if (command instanceof Decide decide) {
            to.u8(DECIDE).raw(decide.transaction().bytes()).key(decide.at());
            batch(to.list(decide.participants(), Encoder::key), decide.batch());
        } else if (command instanceof Finish finish) {
            to.u8(FINISH).raw(finish.transaction().bytes()).flag(finish.committed());
        } else if (command instanceof Abandon abandon) {
            to.u8(ABANDON).raw(abandon.transaction().bytes()).key(abandon.at());
        } else if (command instanceof Forget forget) {
            to.u8(FORGET).raw(forget.transaction().bytes()).key(forget.at());
        } else if (command instanceof Hold hold) {
            uuid(to.u8(HOLD).key(hold.flare()), hold.session());
        } else if (command instanceof Release release) {
            uuid(to.u8(RELEASE).key(release.flare()), release.session());
        } else if (command instanceof Declare declare) {
            uuid(to.u8(DECLARE), declare.session()).list(declare.flares(), Encoder::key);
        } else if (command instanceof EndReclaim) {
            to.u8(END_RECLAIM);
        } else if (command instanceof EndSessions end) {
            to.u8(END_SESSIONS).list(end.sessions(), RequestCodec::uuid);
        } else if (command instanceof ForgetOrigins forget) {
            to.u8(FORGET_ORIGINS).list(forget.origins(), RequestCodec::uuid);
        } else {
            throw new IllegalStateException("unknown command " + command);
        }
    }

    /** @throws MalformedException when there is no request */
    public static Request read(Decoder from) {
        RequestId id = from.optional(f -> new RequestId(uuid(f), f.i32(), f.i64()));
        return new Request(command(from), id);
    }

    private static Command command(Decoder from) {
        int code = from.u8();
        return switch (code) {
            case APPLY -> new Apply(batch(from));
            case PREPARE -> new Prepare(transaction(from), from.key(), batch(from));
            case DECIDE ->
                new Decide(transaction(from), from.key(), from.list(MOST, Key.BYTES, Decoder::key), batch(from));
            case FINISH -> new Finish(transaction(from), from.flag());
            case ABANDON -> new Abandon(transaction(from), from.key());
            case FORGET -> new Forget(transaction(from), from.key());
            case HOLD -> new Hold(from.key(), uuid(from));
            case RELEASE -> new Release(from.key(), uuid(from));
            case DECLARE -> new Declare(uuid(from), from.list(MOST, Key.BYTES, Decoder::key));
            case END_RECLAIM -> new EndReclaim();
            case END_SESSIONS -> new EndSessions(from.list(MOST, UUID_BYTES, RequestCodec::uuid));
            case FORGET_ORIGINS -> new ForgetOrigins(from.list(MOST, UUID_BYTES, RequestCodec::uuid));
            default -> throw new MalformedException("no command has the code " + code);
        };
    }

    private static Encoder uuid(Encoder to, UUID id) {
        return to.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    private static UUID uuid(Decoder from) {
        return new UUID(from.i64(), from.i64());
    }

    private static TransactionId transaction(Decoder from) {
        return TransactionId.of(from.raw(TransactionId.BYTES));
    }

    private static void batch(Encoder to, Batch batch) {
        to.list(batch.conditions(), RequestCodec::condition)
                .list(batch.operations(), RequestCodec::operation)
                .ordinal(batch.purpose())
                .optional(
                        batch.client(),
                        (e, client) -> uuid(e, client.session())
                                .i32(client.slot())
                                .i64(client.sequence())
                                .list(client.answer(), Encoder::key));
    }

    private static Batch batch(Decoder from) {
        return new Batch(
                from.list(MOST, LEAST_RECORD_BYTES, RequestCodec::condition),
                from.list(MOST, LEAST_RECORD_BYTES, RequestCodec::operation),
                from.ordinal(Purpose.values()),
                from.optional(
                        f -> new ClientRequest(uuid(f), f.i32(), f.i64(), f.list(MOST, Key.BYTES, Decoder::key))));
    }

    private static void condition(Encoder to, Condition condition) {
        if (condition instanceof Condition.Absent) {
            OperationCodec.writeId(to.u8(ABSENT), condition.id());
        } else if (condition instanceof Condition.Exists) {
            OperationCodec.writeId(to.u8(EXISTS), condition.id());
        } else if (condition instanceof Condition.AtVersion at) {
            OperationCodec.writeId(to.u8(AT_VERSION), condition.id());
            to.i64(at.version().epoch()).i64(at.version().sequence());
        } else if (condition instanceof Condition.RightsAt rights) {
            OperationCodec.writeId(to.u8(RIGHTS_AT), condition.id());
            to.i64(rights.version());
        } else if (condition instanceof Condition.Empty) {
            OperationCodec.writeId(to.u8(EMPTY), condition.id());
        } else {
            throw new IllegalStateException("unknown condition " + condition);
        }
    }

    private static Condition condition(Decoder from) {
        int code = from.u8();
        RecordId id = OperationCodec.readId(from);
        return switch (code) {
            case ABSENT -> new Condition.Absent(id);
            case EXISTS -> new Condition.Exists(id);
            case AT_VERSION -> new Condition.AtVersion(id, new Version(from.i64(), from.i64()));
            case RIGHTS_AT -> new Condition.RightsAt(id, from.i64());
            case EMPTY -> new Condition.Empty(id);
            default -> throw new MalformedException("no condition has the code " + code);
        };
    }

    private static void operation(Encoder to, Operation operation) {
        if (operation instanceof Operation.WriteChunk write) {
            OperationCodec.writeId(to.u8(WRITE_CHUNK), write.id());
            to.i32(write.offset()).i64(write.generation()).bytes(write.data());
        } else if (operation instanceof Operation.PunchChunk punch) {
            OperationCodec.writeId(to.u8(PUNCH_CHUNK), punch.id());
            to.i32(punch.from()).i32(punch.to());
        } else {
            OperationCodec.write(to.u8(OTHER), operation);
        }
    }

    private static Operation operation(Decoder from) {
        int code = from.u8();
        return switch (code) {
            case WRITE_CHUNK ->
                new Operation.WriteChunk(
                        OperationCodec.readId(from),
                        from.i32(),
                        from.i64(),
                        ByteBuffer.wrap(from.bytes(Mutation.CHUNK_BYTES)));
            case PUNCH_CHUNK -> new Operation.PunchChunk(OperationCodec.readId(from), from.i32(), from.i32());
            case OTHER -> OperationCodec.read(from);
            default -> throw new MalformedException("no operation has the code " + code);
        };
    }
}
