package magma.dht.wire;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.batch.Batch;
import magma.dht.batch.ClientRequest;
import magma.dht.batch.Command;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.RequestId;
import magma.dht.batch.SliceState;
import magma.dht.record.TransactionId;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.IdRange;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.VisibleCuts;
import org.jspecify.annotations.Nullable;

/** One message of each kind that only vulcanos send to each other. */
final class PeerSamples {
    private static final byte[] BYTES = {0x61, 0x62, 0x63};
    private static final RecordId RECORD = RecordId.of(Samples.KEY, 3, new byte[] {7, 8});
    private static final RecordId CHUNK = RecordId.of(Samples.OTHER, 4);
    private static final Version VERSION = new Version(2, 40);
    private static final VulcanoId FIRST = new VulcanoId(Samples.ID);
    private static final VulcanoId SECOND = new VulcanoId(new UUID(0xc1c2c3c4c5c6c7c8L, 1));
    private static final VisibleCuts CUTS = new VisibleCuts(List.of(new VisibleCuts.Cut(3, 4096)));
    private static final SliceState.LockedBy LOCK =
            new SliceState.LockedBy(new TransactionId(0x31, 0x32), Samples.OTHER);
    private static final SliceConfig CONFIG = new SliceConfig(
            6,
            FIRST,
            9,
            new TreeSet<>(Set.of(FIRST, SECOND)),
            new TreeSet<>(Set.of(FIRST, SECOND)),
            new TreeMap<>(Map.of(SECOND, VERSION)),
            1,
            2,
            true);

    private PeerSamples() {}

    static List<Message> all() {
        return List.of(
                new PeerRequest.Submit(5, 6, request()),
                new PeerRequest.ReadRecord(5, RECORD),
                new PeerRequest.ScanRecords(5, RECORD, CHUNK, 100),
                new PeerRequest.ReadChunk(5, CHUNK, 512, 4096, CUTS),
                new PeerRequest.ChunkRuns(5, CHUNK, CUTS),
                new PeerRequest.FindRecords(5, List.of(new IdRange(RECORD, CHUNK))),
                new PeerRequest.PendingIn(5),
                new PeerRequest.SyncSlice(5),
                new PeerRequest.TakeCensus(),
                new PeerRequest.ListRecords(5, RECORD, CHUNK, 100),
                new PeerRequest.FetchRecords(5, List.of(RECORD, CHUNK)),
                new PeerRequest.DigestRecords(5, RECORD, CHUNK, true),
                new PeerRequest.CouncilCall(BYTES),
                new PeerRequest.DeathNotice(FIRST, 9, new byte[PeerRequest.DeathNotice.SEAL_BYTES]),
                new Signal.Replicate(List.of(
                        new Signal.Replicate.OfSlice(5, append()),
                        new Signal.Replicate.OfSlice(6, new ReplicationMessage.Accepted<>(6, 9, -5, 41, 40, 1L << 40)),
                        new Signal.Replicate.OfSlice(
                                7, new ReplicationMessage.Diverged<>(6, 9, -5, VERSION, Version.NONE)),
                        new Signal.Replicate.OfSlice(8, new ReplicationMessage.Behind<>(CONFIG, -5, 9, VERSION)),
                        new Signal.Replicate.OfSlice(9, new ReplicationMessage.Outdated<>(CONFIG)))),
                new PeerReply.NotPrimary(CONFIG),
                new PeerReply.OutcomeOf(new Outcome.Done(Map.of(RECORD, BYTES), -3)),
                new PeerReply.FoundIds(List.of(RECORD, CHUNK)),
                new PeerReply.ReadingOf(new StoredRecord(RECORD, VERSION, BYTES), LOCK),
                new PeerReply.RecordsOf(List.of(new StoredRecord(RECORD, VERSION, BYTES)), true),
                new PeerReply.RunsOf(List.of(new Storage.Run(0, 512), new Storage.Run(1024, 4096))),
                new PeerReply.PendingOf(List.of(LOCK)),
                new PeerReply.ListingOf(-6, VERSION, List.of(new PeerReply.Listed(RECORD, VERSION)), true),
                new PeerReply.CopiesOf(
                        -6,
                        List.of(
                                new Installed(new Mutation.Put(RECORD, BYTES), VERSION),
                                new Installed(new Mutation.Write(CHUNK, 16, 3, ByteBuffer.wrap(BYTES)), VERSION),
                                new Installed(new Mutation.Delete(CHUNK), VERSION)),
                        3),
                new PeerReply.CouncilAnswer(BYTES),
                new PeerReply.DigestsOf(
                        VERSION,
                        VERSION.next(),
                        CHUNK,
                        2,
                        BYTES,
                        List.of(
                                new PeerReply.Digested(RECORD, VERSION, BYTES),
                                new PeerReply.Digested(CHUNK, VERSION, new byte[0]))),
                new PeerReply.CensusOf(10, 20, 30, 40));
    }

    private static Request request() {
        Batch batch = new Batch(
                List.of(new Condition.AtVersion(RECORD, VERSION)),
                List.of(
                        new Operation.Put(RECORD, BYTES),
                        new Operation.WriteChunk(CHUNK, 16, 3, ByteBuffer.wrap(BYTES))),
                Storage.Purpose.RELEASE,
                new ClientRequest(Samples.ID, 2, 3, List.of(Samples.KEY)));
        return new Request(new Command.Apply(batch), new RequestId(Samples.ID, 12, 13));
    }

    private static ReplicationMessage<Payload> append() {
        Payload payload = new Payload(List.of(
                new Mutation.Put(RECORD, BYTES),
                new Mutation.Delete(RECORD),
                new Mutation.Write(CHUNK, 16, 3, ByteBuffer.wrap(BYTES)),
                new Mutation.Punch(CHUNK, 32, 64)));
        @Nullable Payload none = null;
        return new ReplicationMessage.Append<>(
                CONFIG,
                -5,
                VERSION,
                List.of(new LogEntry<>(new Version(2, 41), payload), new LogEntry<>(new Version(6, 42), none)),
                39,
                38);
    }
}
