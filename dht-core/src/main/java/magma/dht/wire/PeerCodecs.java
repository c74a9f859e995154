package magma.dht.wire;

import java.util.List;
import magma.dht.batch.OutcomeCodec;
import magma.dht.batch.RequestCodec;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessageCodec;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.IdRange;
import magma.dht.wire.PeerReply.CensusOf;
import magma.dht.wire.PeerReply.CopiesOf;
import magma.dht.wire.PeerReply.CouncilAnswer;
import magma.dht.wire.PeerReply.Digested;
import magma.dht.wire.PeerReply.DigestsOf;
import magma.dht.wire.PeerReply.FoundIds;
import magma.dht.wire.PeerReply.Listed;
import magma.dht.wire.PeerReply.ListingOf;
import magma.dht.wire.PeerReply.NotPrimary;
import magma.dht.wire.PeerReply.OutcomeOf;
import magma.dht.wire.PeerReply.PendingOf;
import magma.dht.wire.PeerReply.ReadingOf;
import magma.dht.wire.PeerReply.RecordsOf;
import magma.dht.wire.PeerReply.RunsOf;
import magma.dht.wire.PeerRequest.ChunkRuns;
import magma.dht.wire.PeerRequest.CouncilCall;
import magma.dht.wire.PeerRequest.DeathNotice;
import magma.dht.wire.PeerRequest.DigestRecords;
import magma.dht.wire.PeerRequest.FetchRecords;
import magma.dht.wire.PeerRequest.FindRecords;
import magma.dht.wire.PeerRequest.ListRecords;
import magma.dht.wire.PeerRequest.PendingIn;
import magma.dht.wire.PeerRequest.ReadChunk;
import magma.dht.wire.PeerRequest.ReadRecord;
import magma.dht.wire.PeerRequest.ScanRecords;
import magma.dht.wire.PeerRequest.Submit;
import magma.dht.wire.PeerRequest.SyncSlice;
import magma.dht.wire.PeerRequest.TakeCensus;
import magma.dht.wire.Signal.Replicate;

/** Types 0x401 to 0x4ff: what vulcanos ask of each other; 0x481 on: what they tell; 0x8401 on: what they answer. */
final class PeerCodecs {
    private static final int COUNCIL_BYTES = Frame.MAX_BODY;
    private static final int DIGEST_BYTES = 64;

    private static final ReplicationMessageCodec<Payload> REPLICATION =
            new ReplicationMessageCodec<>(SliceFields::payload, SliceFields::payload);

    private PeerCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    0x401,
                    Submit.class,
                    (m, to) -> RequestCodec.write(to.i64(m.slice()).i64(m.epoch()), m.request()),
                    from -> new Submit(from.i64(), from.i64(), RequestCodec.read(from))),
            Codec.of(
                    0x402,
                    ReadRecord.class,
                    (m, to) -> SliceFields.id(to.i64(m.slice()), m.id()),
                    from -> new ReadRecord(from.i64(), SliceFields.id(from))),
            Codec.of(
                    0x403,
                    ScanRecords.class,
                    (m, to) -> SliceFields.id(SliceFields.id(to.i64(m.slice()), m.from()), m.to())
                            .i32(m.most()),
                    from -> new ScanRecords(from.i64(), SliceFields.id(from), SliceFields.id(from), from.i32())),
            Codec.of(
                    0x404,
                    ReadChunk.class,
                    (m, to) -> SliceFields.cuts(
                            SliceFields.id(to.i64(m.slice()), m.chunk())
                                    .i32(m.offset())
                                    .i32(m.length()),
                            m.cuts()),
                    from -> new ReadChunk(
                            from.i64(), SliceFields.id(from), from.i32(), from.i32(), SliceFields.cuts(from))),
            Codec.of(
                    0x405,
                    ChunkRuns.class,
                    (m, to) -> SliceFields.cuts(SliceFields.id(to.i64(m.slice()), m.chunk()), m.cuts()),
                    from -> new ChunkRuns(from.i64(), SliceFields.id(from), SliceFields.cuts(from))),
            Codec.of(0x406, PendingIn.class, (m, to) -> to.i64(m.slice()), from -> new PendingIn(from.i64())),
            Codec.of(0x407, SyncSlice.class, (m, to) -> to.i64(m.slice()), from -> new SyncSlice(from.i64())),
            Codec.of(0x408, TakeCensus.class, (m, to) -> {}, from -> new TakeCensus()),
            Codec.of(
                    0x409,
                    ListRecords.class,
                    (m, to) -> SliceFields.id(SliceFields.id(to.i64(m.slice()), m.from()), m.end())
                            .i32(m.most()),
                    from -> new ListRecords(from.i64(), SliceFields.id(from), SliceFields.id(from), from.i32())),
            Codec.of(
                    0x40a,
                    FetchRecords.class,
                    (m, to) -> to.i64(m.slice()).list(m.ids(), SliceFields::id),
                    from -> new FetchRecords(from.i64(), from.list(FetchRecords.MOST, 4, SliceFields::id))),
            Codec.of(
                    0x40b,
                    CouncilCall.class,
                    (m, to) -> to.bytes(m.bytes()),
                    from -> new CouncilCall(from.bytes(COUNCIL_BYTES))),
            Codec.of(
                    Codecs.DEATH_NOTICE,
                    DeathNotice.class,
                    (m, to) -> to.uuid(m.vulcano().uuid()).i64(m.incarnation()).raw(m.seal()),
                    from -> new DeathNotice(new VulcanoId(from.uuid()), from.i64(), from.raw(DeathNotice.SEAL_BYTES))),
            Codec.of(
                    0x411,
                    DigestRecords.class,
                    (m, to) -> SliceFields.id(SliceFields.id(to.i64(m.slice()), m.from()), m.end())
                            .flag(m.each()),
                    from -> new DigestRecords(from.i64(), SliceFields.id(from), SliceFields.id(from), from.flag())),
            Codec.of(
                    0x412,
                    FindRecords.class,
                    (m, to) -> to.i64(m.slice())
                            .list(
                                    m.ranges(),
                                    (e, range) -> SliceFields.id(SliceFields.id(e, range.from()), range.to())),
                    from -> new FindRecords(
                            from.i64(),
                            from.list(FindRecords.MOST, 8, f -> new IdRange(SliceFields.id(f), SliceFields.id(f))))),
            Codec.of(
                    0x481,
                    Replicate.class,
                    (m, to) ->
                            to.list(m.messages(), (e, each) -> REPLICATION.write(e.i64(each.slice()), each.message())),
                    from -> new Replicate(
                            from.list(SliceFields.MOST, 8, f -> new Replicate.OfSlice(f.i64(), REPLICATION.read(f))))),
            Codec.of(
                    0x8401,
                    NotPrimary.class,
                    (m, to) -> to.optional(m.config(), (e, config) -> config.encode(e)),
                    from -> new NotPrimary(from.optional(SliceConfig::decode))),
            Codec.of(
                    0x8402,
                    OutcomeOf.class,
                    (m, to) -> OutcomeCodec.write(to, m.outcome()),
                    from -> new OutcomeOf(OutcomeCodec.read(from))),
            Codec.of(
                    0x8403,
                    ReadingOf.class,
                    (m, to) -> to.optional(m.record(), SliceFields::record).optional(m.lock(), SliceFields::lock),
                    from -> new ReadingOf(from.optional(SliceFields::record), from.optional(SliceFields::lock))),
            Codec.of(
                    0x8404,
                    RecordsOf.class,
                    (m, to) -> to.list(m.records(), SliceFields::record).flag(m.more()),
                    from -> new RecordsOf(from.list(SliceFields.MOST, 8, SliceFields::record), from.flag())),
            Codec.of(
                    0x8405,
                    RunsOf.class,
                    (m, to) -> to.list(m.runs(), SliceFields::run),
                    from -> new RunsOf(from.list(SliceFields.MOST, 8, SliceFields::run))),
            Codec.of(
                    0x8406,
                    PendingOf.class,
                    (m, to) -> to.list(m.pending(), SliceFields::lock),
                    from -> new PendingOf(from.list(SliceFields.MOST, 8, SliceFields::lock))),
            Codec.of(
                    0x8407,
                    ListingOf.class,
                    (m, to) -> SliceFields.version(to.i64(m.incarnation()), m.committed())
                            .list(m.records(), (e, r) -> SliceFields.version(SliceFields.id(e, r.id()), r.version()))
                            .flag(m.more()),
                    from -> new ListingOf(
                            from.i64(),
                            SliceFields.version(from),
                            from.list(SliceFields.MOST, 8, f -> new Listed(SliceFields.id(f), SliceFields.version(f))),
                            from.flag())),
            Codec.of(
                    0x8408,
                    CopiesOf.class,
                    (m, to) -> to.i64(m.incarnation())
                            .list(m.items(), SliceFields::installed)
                            .i32(m.next()),
                    from -> new CopiesOf(
                            from.i64(), from.list(SliceFields.MOST, 8, SliceFields::installed), from.i32())),
            Codec.of(
                    0x8409,
                    CouncilAnswer.class,
                    (m, to) -> to.bytes(m.bytes()),
                    from -> new CouncilAnswer(from.bytes(COUNCIL_BYTES))),
            Codec.of(
                    0x840a,
                    CensusOf.class,
                    (m, to) -> to.i64(m.flares()).i64(m.total()).i64(m.used()).i64(m.available()),
                    from -> new CensusOf(from.i64(), from.i64(), from.i64(), from.i64())),
            Codec.of(
                    0x8410,
                    DigestsOf.class,
                    (m, to) -> SliceFields.id(
                                    SliceFields.version(SliceFields.version(to, m.committed()), m.until()), m.next())
                            .i32(m.count())
                            .bytes(m.digest())
                            .list(m.records(), PeerCodecs::digested),
                    from -> new DigestsOf(
                            SliceFields.version(from),
                            SliceFields.version(from),
                            SliceFields.id(from),
                            from.i32(),
                            from.bytes(DIGEST_BYTES),
                            from.list(SliceFields.MOST, 8, PeerCodecs::digested))),
            Codec.of(
                    0x8412,
                    FoundIds.class,
                    (m, to) -> to.list(m.ids(), SliceFields::id),
                    from -> new FoundIds(from.list(SliceFields.MOST, 4, SliceFields::id))));

    private static void digested(Encoder to, Digested record) {
        SliceFields.version(SliceFields.id(to, record.id()), record.version()).bytes(record.digest());
    }

    private static Digested digested(Decoder from) {
        return new Digested(SliceFields.id(from), SliceFields.version(from), from.bytes(DIGEST_BYTES));
    }
}
