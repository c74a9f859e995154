package magma.dht.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Mutation;
import magma.dht.storage.StoredRecord;
import magma.dht.transport.PeerService;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;

/** Answers other vulcanos out of the replicas here. */
public final class ServedReplicas implements PeerService {
    /** About so many bytes of records in one reply. */
    private static final int REPLY_BYTES = 512 << 10;

    private final Replicas replicas;
    private final CopySource copies;
    private final DigestSource digests;
    private final Supplier<PeerReply.CensusOf> census;
    private final BiFunction<VulcanoId, byte[], CompletableFuture<byte[]>> council;

    /** @param council answers the council's own messages */
    public ServedReplicas(
            Replicas replicas,
            CopySource copies,
            DigestSource digests,
            Supplier<PeerReply.CensusOf> census,
            BiFunction<VulcanoId, byte[], CompletableFuture<byte[]>> council) {
        this.replicas = replicas;
        this.copies = copies;
        this.digests = digests;
        this.census = census;
        this.council = council;
    }

    @Override
    public void replicated(VulcanoId from, Signal.Replicate messages) {
        messages.messages().forEach(each -> replicas.receive(from, each.slice(), each.message()));
    }

    @Override
    public CompletableFuture<Reply> serve(VulcanoId from, PeerRequest request) {
        if (request instanceof PeerRequest.Submit r) {
            return replicas.submit(r.slice(), r.request(), r.epoch()).thenApply(PeerReply.OutcomeOf::new);
        } else if (request instanceof PeerRequest.ReadRecord r) {
            return replicas.read(r.slice(), r.id())
                    .thenApply(reading -> new PeerReply.ReadingOf(reading.record(), reading.lock()));
        } else if (request instanceof PeerRequest.ScanRecords r) {
            return replicas.scan(r.slice(), r.from(), r.to(), r.most()).thenApply(records -> records(records));
        } else if (request instanceof PeerRequest.ReadChunk r) {
            return content(r);
        } else if (request instanceof PeerRequest.ChunkRuns r) {
            return replicas.runs(r.slice(), r.chunk(), r.cuts()).thenApply(PeerReply.RunsOf::new);
        } else if (request instanceof PeerRequest.FindRecords r) {
            return replicas.find(r.slice(), r.ranges(), PeerRequest.FindRecords.MOST_OF_EACH)
                    .thenApply(PeerReply.FoundIds::new);
        } else if (request instanceof PeerRequest.PendingIn r) {
            return replicas.pending(r.slice()).thenApply(PeerReply.PendingOf::new);
        } else if (request instanceof PeerRequest.SyncSlice r) {
            return replicas.sync(r.slice()).thenApply(done -> new Reply.Done());
        } else if (request instanceof PeerRequest.ListRecords r) {
            return copies.list(from, r).thenApply(listing -> listing);
        } else if (request instanceof PeerRequest.FetchRecords r) {
            return copies.fetch(from, r).thenApply(items -> items);
        } else if (request instanceof PeerRequest.DigestRecords r) {
            return digests.digest(r).thenApply(found -> found);
        } else if (request instanceof PeerRequest.CouncilCall r) {
            return council.apply(from, r.bytes()).thenApply(PeerReply.CouncilAnswer::new);
        }
        return CompletableFuture.completedFuture(census.get());
    }

    private CompletableFuture<Reply> content(PeerRequest.ReadChunk r) {
        if (r.length() < 1 || r.length() > Mutation.CHUNK_BYTES) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("a read of " + r.length() + " bytes"));
        }
        ByteBuffer bytes = ByteBuffer.allocate(r.length());
        return replicas.readContent(r.slice(), r.chunk(), r.offset(), bytes, r.cuts())
                .thenApply(read -> new Reply.Content(bytes));
    }

    /** As many as fit a reply. */
    private static PeerReply.RecordsOf records(List<StoredRecord> records) {
        List<StoredRecord> fitting = new ArrayList<>();
        int bytes = 0;
        for (StoredRecord record : records) {
            bytes += 64 + record.id().encoded().length + record.value().length;
            if (bytes > REPLY_BYTES && !fitting.isEmpty()) {
                return new PeerReply.RecordsOf(fitting, true);
            }
            fitting.add(record);
        }
        return new PeerReply.RecordsOf(fitting, false);
    }
}
