package magma.dht.wire;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.wire.Signal.Cancel;
import magma.dht.wire.Signal.Changed;
import magma.dht.wire.Signal.ChangesSeen;
import magma.dht.wire.Signal.Hello;
import magma.dht.wire.Signal.Ping;
import magma.dht.wire.Signal.Pong;
import magma.dht.wire.Signal.Refused;
import magma.dht.wire.Signal.Welcome;
import magma.fs.ChangeListener.Change;

/** Types 1 to 255: signals. Hello and Refused stay as they are in every version of the protocol. */
final class SignalCodecs {
    private static final int OF_FLARE = 0;
    private static final int OF_ENTRY = 1;
    private static final int OF_EVERYTHING = 2;

    private SignalCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    1,
                    Hello.class,
                    (m, to) -> {
                        to.i32(Signal.MAGIC).i32(m.features());
                        FsFields.uuid(to, m.network());
                        to.ordinal(m.purpose()).text(m.client());
                        FsFields.uuid(to, m.session());
                        to.i64(m.generation());
                    },
                    SignalCodecs::hello),
            Codec.of(
                    2,
                    Welcome.class,
                    (m, to) -> {
                        to.i32(m.features());
                        FsFields.uuid(to, m.network());
                        FsFields.uuid(to, m.vulcano());
                        FsFields.uuid(to, m.boot());
                        to.key(m.root());
                        to.i32(m.requests()).i32(m.bytes());
                    },
                    from -> new Welcome(
                            from.i32(),
                            FsFields.uuid(from),
                            FsFields.uuid(from),
                            FsFields.uuid(from),
                            from.key(),
                            from.i32(),
                            from.i32())),
            Codec.of(
                    3,
                    Refused.class,
                    (m, to) -> to.ordinal(m.reason())
                            .u8(m.lowest())
                            .u8(m.highest())
                            .text(m.detail()),
                    from -> new Refused(
                            from.ordinal(Signal.Reason.values()), from.u8(), from.u8(), from.text(Signal.TEXT_BYTES))),
            Codec.of(4, Cancel.class, (m, to) -> {}, from -> new Cancel()),
            Codec.of(
                    5,
                    Changed.class,
                    (m, to) -> {
                        to.i64(m.sequence());
                        change(to, m.change());
                    },
                    from -> new Changed(from.i64(), change(from))),
            Codec.of(6, ChangesSeen.class, (m, to) -> to.i64(m.sequence()), from -> new ChangesSeen(from.i64())),
            Codec.of(7, Ping.class, (m, to) -> {}, from -> new Ping()),
            Codec.of(8, Pong.class, (m, to) -> {}, from -> new Pong()));

    private static Hello hello(Decoder from) {
        if (from.i32() != Signal.MAGIC) {
            throw new MalformedException("a Hello without Magma's magic");
        }
        return new Hello(
                from.i32(),
                FsFields.uuid(from),
                from.ordinal(Signal.Purpose.values()),
                from.text(Signal.TEXT_BYTES),
                FsFields.uuid(from),
                from.i64());
    }

    private static void change(Encoder to, Change change) {
        if (change instanceof Change.OfFlare flare) {
            to.u8(OF_FLARE);
            to.key(flare.flare());
            to.flag(flare.content());
        } else if (change instanceof Change.OfEntry entry) {
            to.u8(OF_ENTRY);
            to.key(entry.directory());
            FsFields.name(to, entry.name());
        } else {
            to.u8(OF_EVERYTHING);
        }
    }

    private static Change change(Decoder from) {
        int kind = from.u8();
        return switch (kind) {
            case OF_FLARE -> new Change.OfFlare(from.key(), from.flag());
            case OF_ENTRY -> new Change.OfEntry(from.key(), FsFields.name(from));
            case OF_EVERYTHING -> new Change.OfEverything();
            default -> throw new MalformedException("no change of kind " + kind);
        };
    }
}
