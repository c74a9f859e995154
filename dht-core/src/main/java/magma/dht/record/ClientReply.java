package magma.dht.record;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Key;

/**
 * What the last operation of one slot of a client's session came to, kept where it was decided, so that whoever carries out a retry knows that it is done.
 *
 * @param sequence of the operation in its slot
 * @param answer the keys of the flares that the operation made, moved or unlinked, as each operation has it
 */
public record ClientReply(long sequence, List<Key> answer) {
    /** The most keys of an answer. */
    public static final int MAX_KEYS = 16;

    private static final int FORMAT = 1;

    public ClientReply {
        if (answer.size() > MAX_KEYS) {
            throw new IllegalArgumentException("an answer of " + answer.size() + " keys");
        }
        answer = List.copyOf(answer);
    }

    public byte[] encode() {
        return new Encoder(13 + Key.BYTES * answer.size())
                .u8(FORMAT)
                .i64(sequence)
                .list(answer, Encoder::key)
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no client's reply */
    public static ClientReply decode(byte[] bytes) {
        return Decoder.decode("client's reply", bytes, from -> {
            RecordFormat.check("client's reply", from.u8(), FORMAT);
            long sequence = from.i64();
            return new ClientReply(sequence, from.list(MAX_KEYS, Key.BYTES, Decoder::key));
        });
    }
}
