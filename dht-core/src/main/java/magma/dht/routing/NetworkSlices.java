package magma.dht.routing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.host.Replicas;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.dht.storage.VisibleCuts;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * All slices of a network of several vulcanos: what is led here is done here, all else is asked of who leads it. When that one does not answer, or does not lead any
 * more, the next is asked; what changes something is carried out once all the same.
 */
public final class NetworkSlices implements Slices {
    private static final long CONFIRM_MILLIS = 500;

    private final Replicas replicas;
    private final Primaries primaries;
    private final RoutingTable table;
    private final Census census;
    private final RequestSlots slots;
    private final Crowding crowding;

    /** @param origin names this process */
    public NetworkSlices(
            VulcanoId self, UUID origin, Replicas replicas, PeerCalls peers, RoutingTable table, Census census) {
        this.replicas = replicas;
        this.primaries = new Primaries(self, peers, table);
        this.table = table;
        this.census = census;
        this.slots = new RequestSlots(origin);
        this.crowding = new Crowding(() -> replicas.flaresStored(table.map()));
    }

    @Override
    public SliceMap map() {
        return table.map();
    }

    @Override
    public Outcome submit(Slice slice, Command command) throws FsException {
        RequestSlots.Slot slot = slots.take();
        try {
            Request request = new Request(command, slots.id(slot));
            long number = slice.number();
            Outcome outcome = primaries.ask(slice, new Question<>() {
                @Override
                public CompletableFuture<Outcome> here(SliceConfig config) {
                    return replicas.submit(number, request, config.epoch());
                }

                @Override
                public PeerRequest elsewhere(SliceConfig config) {
                    return new PeerRequest.Submit(number, config.epoch(), request);
                }

                @Override
                public Outcome answer(Reply reply) throws FsException {
                    return Question.as(reply, PeerReply.OutcomeOf.class).outcome();
                }
            });
            return demandRoom(outcome);
        } finally {
            slots.give(slot);
        }
    }

    private static Outcome demandRoom(Outcome outcome) throws FsException {
        if (outcome instanceof Outcome.Full) {
            throw new FsException(
                    Errno.ENOSPC, "a vulcano that holds it is full. Delete something, or give it a larger disk");
        }
        return outcome;
    }

    @Override
    public long term(Slice slice) {
        long number = slice.number();
        long term = replicas.term(number);
        if (term != 0 || !replicas.leads(number)) {
            return term;
        }
        // Its lease has run out, as when this process was stopped for a while.
        try {
            return replicas.confirmedTerm(number).get(CONFIRM_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    @Override
    public Outcome submitInTerm(Slice slice, Command command, long term) throws FsException {
        return submitInTerm(slice, command, term, false);
    }

    @Override
    public Outcome submitSynced(Slice slice, Command command, long term) throws FsException {
        return submitInTerm(slice, command, term, true);
    }

    private Outcome submitInTerm(Slice slice, Command command, long term, boolean isSynced) throws FsException {
        RequestSlots.Slot slot = slots.take();
        try {
            // A replica refuses what is of an earlier epoch than that in which it began to lead.
            Request request = new Request(command, slots.id(slot));
            return demandRoom(primaries.await(slice, replicas.submit(slice.number(), request, term, isSynced)));
        } catch (ExecutionException e) {
            Throwable problem = Primaries.cause(e);
            primaries.judge(slice, problem);
            throw new FsException(Errno.EREMOTE, "slice " + slice.number() + " is led by another now", problem);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a slice was changed", e);
        } finally {
            slots.give(slot);
        }
    }

    @Override
    public Reading read(RecordId id) throws FsException {
        Slice slice = map().of(id.key());
        long number = slice.number();
        return primaries.ask(
                slice,
                Question.of(
                        () -> replicas.read(number, id).thenApply(r -> new Reading(r.record(), r.lock())),
                        new PeerRequest.ReadRecord(number, id),
                        reply -> {
                            PeerReply.ReadingOf reading = Question.as(reply, PeerReply.ReadingOf.class);
                            return new Reading(reading.record(), reading.lock());
                        }));
    }

    @Override
    public List<StoredRecord> scan(Slice slice, RecordId from, RecordId to, int most) throws FsException {
        List<StoredRecord> all = new ArrayList<>();
        RecordId next = from;
        boolean more = true;
        while (more && all.size() < most) {
            PeerReply.RecordsOf page = page(slice, next, to, most - all.size());
            all.addAll(page.records());
            more = page.more() && !page.records().isEmpty();
            if (more) {
                next = page.records().get(page.records().size() - 1).id().successor();
            }
        }
        return all;
    }

    private PeerReply.RecordsOf page(Slice slice, RecordId from, RecordId to, int most) throws FsException {
        long number = slice.number();
        return primaries.ask(
                slice,
                Question.of(
                        () -> replicas.scan(number, from, to, most)
                                .thenApply(records -> new PeerReply.RecordsOf(records, false)),
                        new PeerRequest.ScanRecords(number, from, to, most),
                        reply -> Question.as(reply, PeerReply.RecordsOf.class)));
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException {
        Slice slice = map().of(chunk.key());
        long number = slice.number();
        VisibleCuts cuts = VisibleCuts.of(visibility);
        int length = to.remaining();
        ByteBuffer found = primaries.ask(
                slice,
                Question.of(
                        () -> replicas.readContent(number, chunk, offset, to, cuts)
                                .thenApply(read -> ByteBuffer.allocate(0)),
                        new PeerRequest.ReadChunk(number, chunk, offset, length, cuts),
                        reply -> {
                            ByteBuffer bytes =
                                    Question.as(reply, Reply.Content.class).bytes();
                            if (bytes.remaining() != length) {
                                throw new FsException(
                                        Errno.EPROTO, bytes.remaining() + " bytes of a chunk instead of " + length);
                            }
                            return bytes;
                        }));
        if (found.hasRemaining()) {
            to.put(found);
        } else {
            to.position(to.position() + length);
        }
    }

    @Override
    public List<Storage.Run> runs(RecordId chunk, Visibility visibility) throws FsException {
        Slice slice = map().of(chunk.key());
        long number = slice.number();
        VisibleCuts cuts = VisibleCuts.of(visibility);
        return primaries.ask(
                slice,
                Question.of(
                        () -> replicas.runs(number, chunk, cuts),
                        new PeerRequest.ChunkRuns(number, chunk, cuts),
                        reply -> Question.as(reply, PeerReply.RunsOf.class).runs()));
    }

    @Override
    public List<RecordId> find(Map<Slice, List<IdRange>> ranges) throws FsException {
        // All at once.
        Map<Slice, CompletableFuture<List<RecordId>>> under = new HashMap<>();
        ranges.forEach((slice, of) -> under.put(slice, primaries.attempt(slice, finding(slice.number(), of))));
        List<RecordId> found = new ArrayList<>();
        for (Map.Entry<Slice, CompletableFuture<List<RecordId>>> each : under.entrySet()) {
            Slice slice = each.getKey();
            found.addAll(primaries.ask(
                    slice, each.getValue(), finding(slice.number(), ranges.getOrDefault(slice, List.of()))));
        }
        return found;
    }

    private Question<List<RecordId>> finding(long number, List<IdRange> ranges) {
        return Question.of(
                () -> replicas.find(number, ranges, PeerRequest.FindRecords.MOST_OF_EACH),
                new PeerRequest.FindRecords(number, ranges),
                reply -> Question.as(reply, PeerReply.FoundIds.class).ids());
    }

    @Override
    public void sync(Collection<Slice> slices) throws FsException {
        beginSync(slices).await();
    }

    /** All at once: their flushes are shared. */
    @Override
    public Syncing beginSync(Collection<Slice> slices) throws FsException {
        Map<Slice, CompletableFuture<Boolean>> under = new LinkedHashMap<>();
        for (Slice slice : slices) {
            under.put(slice, primaries.attempt(slice, syncing(slice.number())));
        }
        return () -> {
            for (Map.Entry<Slice, CompletableFuture<Boolean>> each : under.entrySet()) {
                Slice slice = each.getKey();
                boolean unused = primaries.ask(slice, each.getValue(), syncing(slice.number()));
            }
        };
    }

    private Question<Boolean> syncing(long number) {
        return Question.of(
                () -> replicas.sync(number).thenApply(done -> true), new PeerRequest.SyncSlice(number), reply -> {
                    Reply.Done unused = Question.as(reply, Reply.Done.class);
                    return true;
                });
    }

    @Override
    public List<SliceState.LockedBy> pending(Slice slice) throws FsException {
        long number = slice.number();
        return primaries.ask(
                slice,
                Question.of(
                        () -> replicas.pending(number),
                        new PeerRequest.PendingIn(number),
                        reply -> Question.as(reply, PeerReply.PendingOf.class).pending()));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    @Override
    public long flares() throws FsException {
        return census.flares();
    }

    @Override
    public boolean isLedBy(VulcanoId vulcano, Slice slice) {
        SliceConfig config = table.config(slice.number());
        return config != null && config.primary().equals(vulcano);
    }

    @Override
    public boolean isCrowded(Slice slice) {
        return crowding.isCrowded(slice);
    }

    @Override
    public int featureLevel() {
        return table.featureLevel();
    }

    @Override
    public Space space() throws FsException {
        return census.space();
    }

    /** Whether a call failed since for all the time that it had nobody served the slice. */
    public static boolean isUnserved(FsException failure) {
        return Primaries.isUnserved(failure);
    }
}
