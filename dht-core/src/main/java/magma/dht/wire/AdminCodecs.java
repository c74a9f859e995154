package magma.dht.wire;

import java.util.List;
import magma.dht.wire.AdminRequest.CheckNamespace;
import magma.dht.wire.AdminRequest.FlushAll;
import magma.dht.wire.AdminRequest.GetStatus;
import magma.dht.wire.AdminRequest.Locate;
import magma.dht.wire.AdminRequest.Stop;

/** Types 0x301 to 0x3ff: administration. */
final class AdminCodecs {
    private AdminCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(0x301, GetStatus.class, (m, to) -> {}, from -> new GetStatus()),
            Codec.of(0x302, Stop.class, (m, to) -> {}, from -> new Stop()),
            Codec.of(0x303, CheckNamespace.class, (m, to) -> {}, from -> new CheckNamespace()),
            Codec.of(
                    0x304,
                    Locate.class,
                    (m, to) -> to.bytes(m.path()),
                    from -> new Locate(from.bytes(AdminRequest.PATH_BYTES))),
            Codec.of(0x305, FlushAll.class, (m, to) -> {}, from -> new FlushAll()));
}
