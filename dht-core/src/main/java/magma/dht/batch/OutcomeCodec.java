package magma.dht.batch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.record.ClientReply;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.fs.Key;

/** The bytes of outcomes: a code (1), then the fields. On disk in replies; codes must not change. */
public final class OutcomeCodec {
    private static final int MOST_WRITTEN = 100_000;
    private static final int MAX_VALUE = 1 << 20;
    private static final int LEAST_WRITTEN_BYTES = 8 + RecordId.PREFIX_BYTES;
    private static final int DONE = 1;
    private static final int STALE = 2;
    private static final int BLOCKED = 3;
    private static final int ENDED = 4;
    private static final int NOT_PREPARED = 5;
    private static final int ABANDONED = 6;
    private static final int SUPERSEDED = 7;
    private static final int ALREADY_DONE = 8;
    private static final int MORE = 9;
    private static final int FULL = 10;

    private OutcomeCodec() {}

    public static void write(Encoder to, Outcome outcome) {
        if (outcome instanceof Outcome.Done done) {
            writeDone(to.u8(DONE), done);
        } else if (outcome instanceof Outcome.Stale stale) {
            OperationCodec.writeId(to.u8(STALE), stale.id());
        } else if (outcome instanceof Outcome.Blocked blocked) {
            to.u8(BLOCKED).raw(blocked.transaction().bytes()).key(blocked.decidedAt());
        } else if (outcome instanceof Outcome.Ended ended) {
            to.u8(ENDED).flag(ended.committed()).flag(ended.now());
        } else if (outcome instanceof Outcome.NotPrepared) {
            to.u8(NOT_PREPARED);
        } else if (outcome instanceof Outcome.Abandoned) {
            to.u8(ABANDONED);
        } else if (outcome instanceof Outcome.Superseded) {
            to.u8(SUPERSEDED);
        } else if (outcome instanceof Outcome.AlreadyDone already) {
            to.u8(ALREADY_DONE).list(already.answer(), Encoder::key);
        } else if (outcome instanceof Outcome.More more) {
            writeDone(to.u8(MORE), more.done());
        } else if (outcome instanceof Outcome.Full) {
            to.u8(FULL);
        } else {
            throw new IllegalStateException("unknown outcome " + outcome);
        }
    }

    /** @throws MalformedException when there is no outcome */
    public static Outcome read(Decoder from) {
        int code = from.u8();
        return switch (code) {
            case DONE -> readDone(from);
            case STALE -> new Outcome.Stale(OperationCodec.readId(from));
            case BLOCKED -> new Outcome.Blocked(TransactionId.of(from.raw(TransactionId.BYTES)), from.key());
            case ENDED -> new Outcome.Ended(from.flag(), from.flag());
            case NOT_PREPARED -> new Outcome.NotPrepared();
            case ABANDONED -> new Outcome.Abandoned();
            case SUPERSEDED -> new Outcome.Superseded();
            case ALREADY_DONE -> new Outcome.AlreadyDone(from.list(ClientReply.MAX_KEYS, Key.BYTES, Decoder::key));
            case MORE -> new Outcome.More(readDone(from));
            case FULL -> new Outcome.Full();
            default -> throw new MalformedException("no outcome has the code " + code);
        };
    }

    private static void writeDone(Encoder to, Outcome.Done done) {
        to.i64(done.allocated()).list(List.copyOf(done.written().entrySet()), (e, entry) -> {
            OperationCodec.writeId(e, entry.getKey());
            e.bytes(entry.getValue());
        });
    }

    private static Outcome.Done readDone(Decoder from) {
        long allocated = from.i64();
        List<Map.Entry<RecordId, byte[]>> entries = from.list(
                MOST_WRITTEN, LEAST_WRITTEN_BYTES, one -> Map.entry(OperationCodec.readId(one), one.bytes(MAX_VALUE)));
        Map<RecordId, byte[]> written = new LinkedHashMap<>();
        entries.forEach(entry -> written.put(entry.getKey(), entry.getValue()));
        return new Outcome.Done(written, allocated);
    }
}
