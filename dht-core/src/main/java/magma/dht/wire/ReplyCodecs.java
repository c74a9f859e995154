package magma.dht.wire;

import java.time.Duration;
import java.util.List;
import magma.dht.wire.Reply.AclOf;
import magma.dht.wire.Reply.Amount;
import magma.dht.wire.Reply.AttributesOf;
import magma.dht.wire.Reply.Conflict;
import magma.dht.wire.Reply.Content;
import magma.dht.wire.Reply.CreatedFile;
import magma.dht.wire.Reply.Done;
import magma.dht.wire.Reply.Failure;
import magma.dht.wire.Reply.Findings;
import magma.dht.wire.Reply.KeyOf;
import magma.dht.wire.Reply.Names;
import magma.dht.wire.Reply.Opened;
import magma.dht.wire.Reply.Page;
import magma.dht.wire.Reply.Place;
import magma.dht.wire.Reply.Places;
import magma.dht.wire.Reply.SessionStatus;
import magma.dht.wire.Reply.SliceStatus;
import magma.dht.wire.Reply.StatisticsOf;
import magma.dht.wire.Reply.StatusOf;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.OpenDirectory;
import magma.fs.Statistics;

/** Types 0x8001 to 0x8fff: replies. */
final class ReplyCodecs {
    private static final int MOST = Frame.MAX_BODY;

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
            Codec.of(0x8004, KeyOf.class, (m, to) -> FsFields.key(to, m.key()), from -> new KeyOf(FsFields.key(from))),
            Codec.withContent(
                    0x8005, Content.class, (m, to) -> {}, from -> new Content(from.content()), Content::bytes),
            Codec.of(
                    0x8006,
                    CreatedFile.class,
                    (m, to) -> {
                        FsFields.attributes(to, m.attributes());
                        to.i64(m.handle()).bool(m.isNew());
                    },
                    from -> new CreatedFile(FsFields.attributes(from), from.i64(), from.bool())),
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
                        to.bool(m.lock() != null);
                        if (m.lock() != null) {
                            FsFields.lock(to, m.lock());
                        }
                    },
                    from -> new Conflict(from.bool() ? FsFields.lock(from) : null)),
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
                    (m, to) -> to.list(m.checked(), FieldWriter::text)
                            .i64(m.total())
                            .list(m.problems(), FieldWriter::text),
                    from -> new Findings(texts(from), from.i64(), texts(from))),
            Codec.of(
                    0x8103,
                    Places.class,
                    (m, to) -> to.list(m.places(), ReplyCodecs::place),
                    from -> new Places(from.list(Places.MOST, 36, ReplyCodecs::place))));

    private static void statistics(FieldWriter to, Statistics s) {
        to.i32(s.blockBytes())
                .i64(s.totalBytes())
                .i64(s.freeBytes())
                .i64(s.availableBytes())
                .i64(s.flares())
                .i64(s.availableFlares());
    }

    private static Statistics statistics(FieldReader from) throws MalformedFrameException {
        return new Statistics(from.i32(), from.i64(), from.i64(), from.i64(), from.i64(), from.i64());
    }

    private static void page(FieldWriter to, OpenDirectory.Page page) {
        to.bool(page.end()).list(page.entries(), ReplyCodecs::entry);
    }

    private static OpenDirectory.Page page(FieldReader from) throws MalformedFrameException, FsException {
        boolean end = from.bool();
        return new OpenDirectory.Page(from.list(MOST, 32, ReplyCodecs::entry), end);
    }

    private static void entry(FieldWriter to, OpenDirectory.Entry entry) {
        FsFields.name(to, entry.name());
        FsFields.key(to, entry.flare());
        to.ordinal(entry.type()).i64(entry.cookie()).bool(entry.attributes() != null);
        if (entry.attributes() != null) {
            FsFields.attributes(to, entry.attributes());
        }
    }

    private static OpenDirectory.Entry entry(FieldReader from) throws MalformedFrameException, FsException {
        return new OpenDirectory.Entry(
                FsFields.name(from),
                FsFields.key(from),
                from.ordinal(FlareType.values()),
                from.i64(),
                from.bool() ? FsFields.attributes(from) : null);
    }

    private static void status(StatusOf m, FieldWriter to) {
        FsFields.uuid(to, m.network());
        to.text(m.name()).text(m.software()).i64(m.pid()).i64(m.uptime().toMillis());
        to.text(m.listen()).text(m.data());
        to.i64(m.flares()).i64(m.storedBytes()).i64(m.freeBytes()).i64(m.availableBytes());
        to.list(m.slices(), ReplyCodecs::slice);
        to.list(m.sessions(), ReplyCodecs::session);
        to.list(m.mounts(), FieldWriter::text);
    }

    private static StatusOf status(FieldReader from) throws MalformedFrameException, FsException {
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

    private static void slice(FieldWriter to, SliceStatus slice) {
        to.i64(slice.id());
        FsFields.key(to, slice.first());
        FsFields.key(to, slice.last());
        to.i64(slice.epoch()).text(slice.role()).i64(slice.records());
    }

    private static SliceStatus slice(FieldReader from) throws MalformedFrameException {
        return new SliceStatus(
                from.i64(), FsFields.key(from), FsFields.key(from), from.i64(), from.text(MOST), from.i64());
    }

    private static void session(FieldWriter to, SessionStatus session) {
        to.text(session.client()).i64(session.age().toMillis()).i32(session.opens());
    }

    private static SessionStatus session(FieldReader from) throws MalformedFrameException {
        return new SessionStatus(from.text(MOST), Duration.ofMillis(from.i64()), from.i32());
    }

    private static void place(FieldWriter to, Place place) {
        to.text(place.what()).text(place.name());
        FsFields.key(to, place.key());
        to.i64(place.slice());
    }

    private static Place place(FieldReader from) throws MalformedFrameException {
        return new Place(from.text(MOST), from.text(MOST), FsFields.key(from), from.i64());
    }

    private static List<String> texts(FieldReader from) throws MalformedFrameException, FsException {
        return from.list(MOST, 4, in -> in.text(MOST));
    }
}
