package magma.dht.record;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.FlareType;
import magma.fs.Key;

/** Where a name leads. The name itself is in the record's id. */
public record Entry(Key flare, FlareType type) {
    private static final int FORMAT = 1;

    public byte[] encode() {
        return new Encoder(Key.BYTES + 2).u8(FORMAT).type(type).key(flare).toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no entry */
    public static Entry decode(byte[] bytes) {
        return Decoder.decode("entry", bytes, from -> {
            RecordFormat.check("entry", from.u8(), FORMAT);
            FlareType type = from.type();
            return new Entry(from.key(), type);
        });
    }
}
