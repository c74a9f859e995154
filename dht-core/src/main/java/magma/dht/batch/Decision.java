package magma.dht.batch;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Key;

/**
 * How a transaction ended, kept by the slice that decided until all others know.
 *
 * @param participants a key of each slice that prepared. When abandoned: none, or, as soon as more than one settles it, the key where it was to be decided
 */
public record Decision(boolean committed, List<Key> participants) {
    private static final int FORMAT = 1;
    private static final int MOST = 1 << 20;

    public Decision {
        participants = List.copyOf(participants);
    }

    static Decision abandoned() {
        return new Decision(false, List.of());
    }

    static Decision abandonedByMany(Key at) {
        return new Decision(false, List.of(at));
    }

    /** Whether more than one has been told that it was abandoned, and may have finished it. */
    public boolean isAbandonedByMany() {
        return !committed && !participants.isEmpty();
    }

    public byte[] encode() {
        return new Encoder(32)
                .u8(FORMAT)
                .flag(committed)
                .list(participants, Encoder::key)
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no decision */
    public static Decision decode(byte[] bytes) {
        return Decoder.decode("decision", bytes, from -> {
            if (from.u8() != FORMAT) {
                throw new IllegalArgumentException("unknown format");
            }
            return new Decision(from.flag(), from.list(MOST, Decoder::key));
        });
    }
}
