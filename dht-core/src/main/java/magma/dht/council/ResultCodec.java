package magma.dht.council;

import java.util.ArrayList;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.slice.SliceMap;

/** The bytes of results: one byte for the kind, then its fields. */
final class ResultCodec {
    private static final int ACCEPTED = 1;
    private static final int CONFLICT = 2;
    private static final int SLICES_CHANGED = 3;
    private static final int ATTACHED = 4;
    private static final int REDEEMED = 5;

    private ResultCodec() {}

    static byte[] encode(Result result) {
        Encoder to = new Encoder();
        write(to, result);
        return to.toBytes();
    }

    static Result decode(byte[] bytes) {
        return Decoder.decode("council result", bytes, ResultCodec::read);
    }

    static void write(Encoder to, Result result) {
        if (result instanceof Result.Accepted accepted) {
            to.u8(ACCEPTED).i64(accepted.version());
        } else if (result instanceof Result.Conflict conflict) {
            to.u8(CONFLICT).text(conflict.reason());
        } else if (result instanceof Result.SlicesChanged slices) {
            to.u8(SLICES_CHANGED)
                    .i64(slices.version())
                    .list(new ArrayList<>(slices.changed()), Encoder::i64)
                    .list(
                            new ArrayList<>(slices.refused().entrySet()),
                            (e, refused) -> e.i64(refused.getKey()).text(refused.getValue()));
        } else if (result instanceof Result.Attached attached) {
            attached.session().write(to.u8(ATTACHED).i64(attached.version()));
        } else if (result instanceof Result.Redeemed redeemed) {
            redeemed.token().write(to.u8(REDEEMED).i64(redeemed.version()));
        } else {
            throw new IllegalArgumentException("no code for " + result);
        }
    }

    static Result read(Decoder from) {
        int code = from.u8();
        return switch (code) {
            case ACCEPTED -> new Result.Accepted(from.i64());
            case CONFLICT -> new Result.Conflict(from.text(Fields.MAX_REASON));
            case SLICES_CHANGED -> readSlices(from);
            case ATTACHED -> new Result.Attached(from.i64(), SessionRecord.read(from));
            case REDEEMED -> new Result.Redeemed(from.i64(), TokenRecord.read(from));
            default -> throw new MalformedException("no council result has the code " + code);
        };
    }

    private static Result readSlices(Decoder from) {
        long version = from.i64();
        TreeSet<Long> changed = new TreeSet<>(from.list(SliceMap.MAX_SLICES, 8, Decoder::i64));
        SortedMap<Long, String> refused = new TreeMap<>();
        from.list(SliceMap.MAX_SLICES, 12, e -> Map.entry(e.i64(), e.text(Fields.MAX_REASON)))
                .forEach(entry -> refused.put(entry.getKey(), entry.getValue()));
        return new Result.SlicesChanged(version, changed, refused);
    }
}
