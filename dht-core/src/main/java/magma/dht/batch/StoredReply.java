package magma.dht.batch;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/** What a slice answered to the last request of a slot that changed anything; lies in the same log record as the change. */
public record StoredReply(long sequence, Outcome outcome) {
    private static final int FORMAT = 1;

    public byte[] encode() {
        Encoder to = new Encoder(256).u8(FORMAT).i64(sequence);
        OutcomeCodec.write(to, outcome);
        return to.toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no reply */
    public static StoredReply decode(byte[] bytes) {
        return Decoder.decode("reply", bytes, from -> {
            if (from.u8() != FORMAT) {
                throw new IllegalArgumentException("unknown format");
            }
            return new StoredReply(from.i64(), OutcomeCodec.read(from));
        });
    }
}
