package magma.dht.wire;

import java.util.List;
import magma.dht.identity.Invitation;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.AdminRequest.CheckNamespace;
import magma.dht.wire.AdminRequest.CompareReplicas;
import magma.dht.wire.AdminRequest.Expel;
import magma.dht.wire.AdminRequest.FlushAll;
import magma.dht.wire.AdminRequest.GetCertificates;
import magma.dht.wire.AdminRequest.GetLava;
import magma.dht.wire.AdminRequest.GetStatus;
import magma.dht.wire.AdminRequest.Invite;
import magma.dht.wire.AdminRequest.Join;
import magma.dht.wire.AdminRequest.Locate;
import magma.dht.wire.AdminRequest.Renew;
import magma.dht.wire.AdminRequest.Revoke;
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
            Codec.of(0x305, FlushAll.class, (m, to) -> {}, from -> new FlushAll()),
            Codec.of(0x306, GetLava.class, (m, to) -> {}, from -> new GetLava()),
            Codec.of(
                    0x307,
                    Invite.class,
                    (m, to) -> {
                        m.invitation().write(to);
                        to.i64(m.seconds());
                    },
                    from -> new Invite(Invitation.read(from), from.i64())),
            Codec.of(
                    0x308,
                    Expel.class,
                    (m, to) -> FsFields.uuid(to, m.vulcano().uuid()),
                    from -> new Expel(new VulcanoId(FsFields.uuid(from)))),
            Codec.of(
                    0x309,
                    Join.class,
                    (m, to) -> {
                        m.request().write(to);
                        to.flag(m.witness()).i32(m.level());
                    },
                    from -> new Join(JoinRequest.read(from), from.flag(), from.i32())),
            Codec.of(0x30a, Renew.class, (m, to) -> m.request().write(to), from -> new Renew(RenewRequest.read(from))),
            Codec.of(0x310, CompareReplicas.class, (m, to) -> {}, from -> new CompareReplicas()),
            Codec.of(
                    0x320,
                    Revoke.class,
                    (m, to) -> to.text(m.holder()),
                    from -> new Revoke(from.text(Revoke.TEXT_BYTES))),
            Codec.of(0x321, GetCertificates.class, (m, to) -> {}, from -> new GetCertificates()));
}
