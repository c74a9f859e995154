package magma.dht.wire;

import java.time.Duration;
import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.identity.JoinReply;
import magma.dht.identity.RenewReply;
import magma.dht.wire.Reply.AclOf;
import magma.dht.wire.Reply.Amount;
import magma.dht.wire.Reply.AttributesOf;
import magma.dht.wire.Reply.CertificateStatus;
import magma.dht.wire.Reply.CertificatesOf;
import magma.dht.wire.Reply.Conflict;
import magma.dht.wire.Reply.Contact;
import magma.dht.wire.Reply.Content;
import magma.dht.wire.Reply.CreatedFile;
import magma.dht.wire.Reply.Done;
import magma.dht.wire.Reply.Failure;
import magma.dht.wire.Reply.Findings;
import magma.dht.wire.Reply.Joined;
import magma.dht.wire.Reply.KeyOf;
import magma.dht.wire.Reply.LavaOf;
import magma.dht.wire.Reply.Names;
import magma.dht.wire.Reply.Opened;
import magma.dht.wire.Reply.Page;
import magma.dht.wire.Reply.Place;
import magma.dht.wire.Reply.Places;
import magma.dht.wire.Reply.Renewed;
import magma.dht.wire.Reply.SessionStatus;
import magma.dht.wire.Reply.SliceStatus;
import magma.dht.wire.Reply.StatisticsOf;
import magma.dht.wire.Reply.StatusOf;
import magma.dht.wire.Reply.Text;
import magma.dht.wire.Reply.VulcanoStatus;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.OpenDirectory;
import magma.fs.Statistics;

/** Types 0x8001 to 0x8fff: replies. */
final class ReplyCodecs {
    private static final int MOST = Frame.MAX_BODY;
    private static final int MOST_CERTIFICATES = 1 << 14;

    private ReplyCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(0x8001, Done.class, (m, to) -> {}, from -> new Done()),
            Codec.of(
                    0x8002,
                    Failure.class,
                    (m, to) -> to.u16(m.errno().number()).text(m.detail()),
                    from -> new Failure(Errno.of(from.u16()), from.text(MOST))),
            Codec.of(
                    0x8003,
                    AttributesOf.class,
                    (m, to) -> FsFields.attributes(to, m.attributes()),
                    from -> new AttributesOf(FsFields.attributes(from))),
            Codec.of(0x8004, KeyOf.class, (m, to) -> to.key(m.key()), from -> new KeyOf(from.key())),
            Codec.withContent(
                    0x8005, Content.class, (m, to) -> {}, from -> new Content(from.content()), Content::bytes),
            Codec.of(
                    0x8006,
                    CreatedFile.class,
                    (m, to) -> {
                        FsFields.attributes(to, m.attributes());
                        to.i64(m.handle()).flag(m.isNew());
                    },
                    from -> new CreatedFile(FsFields.attributes(from), from.i64(), from.flag())),
            Codec.of(0x8007, Opened.class, (m, to) -> to.i64(m.handle()), from -> new Opened(from.i64())),
            Codec.of(0x8008, Amount.class, (m, to) -> to.i64(m.value()), from -> new Amount(from.i64())),
            Codec.of(
                    0x8009,
                    Names.class,
                    (m, to) -> to.list(m.names(), FsFields::xattrName),
                    from -> new Names(from.list(MOST, 4, FsFields::xattrName))),
            Codec.of(0x800a, AclOf.class, (m, to) -> FsFields.acl(to, m.acl()), from -> new AclOf(FsFields.acl(from))),
            Codec.of(
                    0x800b,
                    Conflict.class,
                    (m, to) -> {
                        to.flag(m.lock() != null);
                        if (m.lock() != null) {
                            FsFields.lock(to, m.lock());
                        }
                    },
                    from -> new Conflict(from.flag() ? FsFields.lock(from) : null)),
            Codec.of(
                    0x800c,
                    StatisticsOf.class,
                    (m, to) -> statistics(to, m.statistics()),
                    from -> new StatisticsOf(statistics(from))),
            Codec.of(0x800d, Page.class, (m, to) -> page(to, m.page()), from -> new Page(page(from))),
            Codec.of(0x8101, StatusOf.class, ReplyCodecs::status, ReplyCodecs::status),
            Codec.of(
                    0x8102,
                    Findings.class,
                    (m, to) ->
                            to.list(m.checked(), Encoder::text).i64(m.total()).list(m.problems(), Encoder::text),
                    from -> new Findings(texts(from), from.i64(), texts(from))),
            Codec.of(
                    0x8103,
                    Places.class,
                    (m, to) -> to.list(m.places(), ReplyCodecs::place),
                    from -> new Places(from.list(Places.MOST, 36, ReplyCodecs::place))),
            Codec.of(0x8104, Text.class, (m, to) -> to.text(m.text()), from -> new Text(from.text(MOST))),
            Codec.of(
                    0x8105,
                    Joined.class,
                    (m, to) -> {
                        m.reply().write(to);
                        FsFields.uuid(to, m.network());
                        to.text(m.name()).list(m.members(), (e, one) -> {
                            FsFields.uuid(e, one.vulcano());
                            e.text(one.address());
                        });
                    },
                    from -> new Joined(
                            JoinReply.read(from),
                            FsFields.uuid(from),
                            from.text(MOST),
                            from.list(MOST, 20, f -> new Contact(FsFields.uuid(f), f.text(MOST))))),
            Codec.of(0x8106, Renewed.class, (m, to) -> m.reply().write(to), from -> new Renewed(RenewReply.read(from))),
            Codec.of(
                    0x8107,
                    LavaOf.class,
                    (m, to) -> {
                        FsFields.uuid(to, m.network());
                        to.text(m.name()).i64(m.slices()).list(m.vulcanos(), ReplyCodecs::vulcano);
                    },
                    from -> new LavaOf(
                            FsFields.uuid(from),
                            from.text(MOST),
                            from.i64(),
                            from.list(MOST, 60, ReplyCodecs::vulcano))),
            Codec.of(
                    0x8120,
                    CertificatesOf.class,
                    (m, to) -> to.list(m.certificates(), ReplyCodecs::certificate),
                    from -> new CertificatesOf(from.list(MOST_CERTIFICATES, 21, ReplyCodecs::certificate))));

    private static void certificate(Encoder to, CertificateStatus c) {
        to.text(c.serial()).text(c.role()).text(c.name()).i64(c.expires()).flag(c.revoked());
    }

    private static CertificateStatus certificate(Decoder from) {
        return new CertificateStatus(from.text(MOST), from.text(MOST), from.text(MOST), from.i64(), from.flag());
    }

    private static void vulcano(Encoder to, VulcanoStatus v) {
        FsFields.uuid(to, v.id());
        to.text(v.address())
                .text(v.state())
                .text(v.kind())
                .text(v.council())
                .text(v.version())
                .i32(v.primaries())
                .i32(v.backups())
                .i32(v.behind())
                .i64(v.flares())
                .i64(v.storedBytes())
                .i64(v.freeBytes());
    }

    private static VulcanoStatus vulcano(Decoder from) {
        return new VulcanoStatus(
                FsFields.uuid(from),
                from.text(MOST),
                from.text(MOST),
                from.text(MOST),
                from.text(MOST),
                from.text(MOST),
                from.i32(),
                from.i32(),
                from.i32(),
                from.i64(),
                from.i64(),
                from.i64());
    }

    private static void statistics(Encoder to, Statistics s) {
        to.i32(s.blockBytes())
                .i64(s.totalBytes())
                .i64(s.freeBytes())
                .i64(s.availableBytes())
                .i64(s.flares())
                .i64(s.availableFlares());
    }

    private static Statistics statistics(Decoder from) {
        return new Statistics(from.i32(), from.i64(), from.i64(), from.i64(), from.i64(), from.i64());
    }

    private static void page(Encoder to, OpenDirectory.Page page) {
        to.flag(page.end()).list(page.entries(), ReplyCodecs::entry);
    }

    private static OpenDirectory.Page page(Decoder from) {
        boolean end = from.flag();
        return new OpenDirectory.Page(from.list(MOST, 32, ReplyCodecs::entry), end);
    }

    private static void entry(Encoder to, OpenDirectory.Entry entry) {
        FsFields.name(to, entry.name());
        to.key(entry.flare());
        to.ordinal(entry.type()).i64(entry.cookie()).flag(entry.attributes() != null);
        if (entry.attributes() != null) {
            FsFields.attributes(to, entry.attributes());
        }
    }

    private static OpenDirectory.Entry entry(Decoder from) {
        return new OpenDirectory.Entry(
                FsFields.name(from),
                from.key(),
                from.ordinal(FlareType.values()),
                from.i64(),
                from.flag() ? FsFields.attributes(from) : null);
    }

    private static void status(StatusOf m, Encoder to) {
        FsFields.uuid(to, m.network());
        to.text(m.name()).text(m.software()).i64(m.pid()).i64(m.uptime().toMillis());
        to.text(m.listen()).text(m.data());
        to.i64(m.flares()).i64(m.storedBytes()).i64(m.freeBytes()).i64(m.availableBytes());
        to.list(m.slices(), ReplyCodecs::slice);
        to.list(m.sessions(), ReplyCodecs::session);
        to.list(m.mounts(), Encoder::text);
    }

    private static StatusOf status(Decoder from) {
        return new StatusOf(
                FsFields.uuid(from),
                from.text(MOST),
                from.text(MOST),
                from.i64(),
                Duration.ofMillis(from.i64()),
                from.text(MOST),
                from.text(MOST),
                from.i64(),
                from.i64(),
                from.i64(),
                from.i64(),
                from.list(MOST, 60, ReplyCodecs::slice),
                from.list(MOST, 16, ReplyCodecs::session),
                texts(from));
    }

    private static void slice(Encoder to, SliceStatus slice) {
        to.i64(slice.id());
        to.key(slice.first());
        to.key(slice.last());
        to.i64(slice.epoch()).text(slice.role()).i64(slice.records());
    }

    private static SliceStatus slice(Decoder from) {
        return new SliceStatus(from.i64(), from.key(), from.key(), from.i64(), from.text(MOST), from.i64());
    }

    private static void session(Encoder to, SessionStatus session) {
        to.text(session.client()).i64(session.age().toMillis()).i32(session.opens());
    }

    private static SessionStatus session(Decoder from) {
        return new SessionStatus(from.text(MOST), Duration.ofMillis(from.i64()), from.i32());
    }

    private static void place(Encoder to, Place place) {
        to.text(place.what()).text(place.name());
        to.key(place.key());
        to.i64(place.slice());
    }

    private static Place place(Decoder from) {
        return new Place(from.text(MOST), from.text(MOST), from.key(), from.i64());
    }

    private static List<String> texts(Decoder from) {
        return from.list(MOST, 4, in -> in.text(MOST));
    }
}
