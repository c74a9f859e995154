package magma.dht.routing;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.host.Replicas;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.dht.storage.VisibleCuts;
import magma.dht.transport.NoContactException;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * All slices of a network of several vulcanos: what is led here is done here, all else is asked of who leads it. When that one does not answer, or does not lead any
 * more, the next is asked; what changes something is carried out once all the same.
 */
public final class NetworkSlices implements Slices {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 20;
    private static final long PAUSE_MILLIS = 5;
    private static final long CONFIRM_MILLIS = 500;

    private final VulcanoId self;
    private final Replicas replicas;
    private final PeerCalls peers;
    private final RoutingTable table;
    private final Census census;
    private final RequestSlots slots;

    /** @param origin names this process */
    public NetworkSlices(
            VulcanoId self, UUID origin, Replicas replicas, PeerCalls peers, RoutingTable table, Census census) {
        this.self = self;
        this.replicas = replicas;
        this.peers = peers;
        this.table = table;
        this.census = census;
        this.slots = new RequestSlots(origin);
    }

    /** What is asked of a slice's primary: here, or elsewhere. */
    private interface Question<T> {
        CompletableFuture<T> here(SliceConfig config);

        PeerRequest elsewhere(SliceConfig config);

        T answer(Reply reply) throws FsException;
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
            Outcome outcome = ask(slice, new Question<>() {
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
                    return as(reply, PeerReply.OutcomeOf.class).outcome();
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
        RequestSlots.Slot slot = slots.take();
        try {
            // A replica refuses what is of an earlier epoch than that in which it began to lead.
            return demandRoom(
                    await(slice, replicas.submit(slice.number(), new Request(command, slots.id(slot)), term)));
        } catch (ExecutionException e) {
            Throwable problem = cause(e);
            judge(slice, problem);
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
        return ask(
                slice,
                question(
                        () -> replicas.read(number, id).thenApply(r -> new Reading(r.record(), r.lock())),
                        new PeerRequest.ReadRecord(number, id),
                        reply -> {
                            PeerReply.ReadingOf reading = as(reply, PeerReply.ReadingOf.class);
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
        return ask(
                slice,
                question(
                        () -> replicas.scan(number, from, to, most)
                                .thenApply(records -> new PeerReply.RecordsOf(records, false)),
                        new PeerRequest.ScanRecords(number, from, to, most),
                        reply -> as(reply, PeerReply.RecordsOf.class)));
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException {
        Slice slice = map().of(chunk.key());
        long number = slice.number();
        VisibleCuts cuts = VisibleCuts.of(visibility);
        int length = to.remaining();
        ByteBuffer found = ask(
                slice,
                question(
                        () -> replicas.readContent(number, chunk, offset, to, cuts)
                                .thenApply(read -> ByteBuffer.allocate(0)),
                        new PeerRequest.ReadChunk(number, chunk, offset, length, cuts),
                        reply -> {
                            ByteBuffer bytes = as(reply, Reply.Content.class).bytes();
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
        return ask(
                slice,
                question(
                        () -> replicas.runs(number, chunk, cuts),
                        new PeerRequest.ChunkRuns(number, chunk, cuts),
                        reply -> as(reply, PeerReply.RunsOf.class).runs()));
    }

    @Override
    public List<RecordId> find(Map<Slice, List<IdRange>> ranges) throws FsException {
        // All at once.
        Map<Slice, CompletableFuture<List<RecordId>>> under = new HashMap<>();
        ranges.forEach((slice, of) -> under.put(slice, attempt(slice, finding(slice.number(), of))));
        List<RecordId> found = new ArrayList<>();
        for (Map.Entry<Slice, CompletableFuture<List<RecordId>>> each : under.entrySet()) {
            Slice slice = each.getKey();
            found.addAll(ask(slice, each.getValue(), finding(slice.number(), ranges.getOrDefault(slice, List.of()))));
        }
        return found;
    }

    private Question<List<RecordId>> finding(long number, List<IdRange> ranges) {
        return question(
                () -> replicas.find(number, ranges, PeerRequest.FindRecords.MOST_OF_EACH),
                new PeerRequest.FindRecords(number, ranges),
                reply -> as(reply, PeerReply.FoundIds.class).ids());
    }

    @Override
    public void sync(Collection<Slice> slices) throws FsException {
        // All at once: their flushes are shared.
        List<CompletableFuture<Boolean>> under = new ArrayList<>();
        for (Slice slice : slices) {
            under.add(attempt(slice, syncing(slice.number())));
        }
        int i = 0;
        for (Slice slice : slices) {
            CompletableFuture<Boolean> first = under.get(i++);
            boolean unused = ask(slice, first, syncing(slice.number()));
        }
    }

    private Question<Boolean> syncing(long number) {
        return question(
                () -> replicas.sync(number).thenApply(done -> true), new PeerRequest.SyncSlice(number), reply -> {
                    Reply.Done unused = as(reply, Reply.Done.class);
                    return true;
                });
    }

    @Override
    public List<SliceState.LockedBy> pending(Slice slice) throws FsException {
        long number = slice.number();
        return ask(
                slice,
                question(
                        () -> replicas.pending(number),
                        new PeerRequest.PendingIn(number),
                        reply -> as(reply, PeerReply.PendingOf.class).pending()));
    }

    @Override
    public long flares() throws FsException {
        return census.flares();
    }

    @Override
    public Space space() throws FsException {
        return census.space();
    }

    private interface Here<T> {
        CompletableFuture<T> ask();
    }

    private interface Reader<T> {
        T read(Reply reply) throws FsException;
    }

    private static <T> Question<T> question(Here<T> here, PeerRequest elsewhere, Reader<T> reader) {
        return new Question<>() {
            @Override
            public CompletableFuture<T> here(SliceConfig config) {
                return here.ask();
            }

            @Override
            public PeerRequest elsewhere(SliceConfig config) {
                return elsewhere;
            }

            @Override
            public T answer(Reply reply) throws FsException {
                return reader.read(reply);
            }
        };
    }

    private static <R extends Reply> R as(Reply reply, Class<R> kind) throws FsException {
        if (reply instanceof Reply.Failure failure) {
            throw new FsException(failure.errno(), failure.detail());
        }
        if (!kind.isInstance(reply)) {
            throw new FsException(
                    Errno.EPROTO,
                    "a vulcano answered " + reply.getClass().getSimpleName() + " for " + kind.getSimpleName());
        }
        return kind.cast(reply);
    }

    private <T> T ask(Slice slice, Question<T> question) throws FsException {
        return ask(slice, attempt(slice, question), question);
    }

    /** Waits for the first attempt, and makes more where that comes to nothing. */
    private <T> T ask(Slice slice, CompletableFuture<T> first, Question<T> question) throws FsException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        CompletableFuture<T> attempt = first;
        while (true) {
            Throwable problem;
            try {
                return await(slice, attempt);
            } catch (ExecutionException e) {
                problem = cause(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(Errno.EINTR, "interrupted while a slice's primary was asked", e);
            }
            judge(slice, problem);
            if (table.isPast(deadline)) {
                throw new FsException(
                        Errno.EIO,
                        "slice " + slice.number() + " is not served now: " + problem.getMessage()
                                + ". magma lava shows which vulcanos are missing",
                        problem);
            }
            pause();
            attempt = attempt(slice, question);
        }
    }

    /** Whether a call failed since for all the time that it had nobody served the slice. */
    public static boolean isUnserved(FsException failure) {
        Throwable cause = failure.getCause();
        return failure.errno() == Errno.EIO
                && (cause instanceof NotPrimaryException
                        || cause instanceof NoContactException
                        || cause instanceof MovedException);
    }

    /** What ends the asking, or says where to ask next. */
    private void judge(Slice slice, Throwable problem) throws FsException {
        if (problem instanceof NotPrimaryException elsewhere) {
            SliceConfig config = elsewhere.config();
            if (config != null) {
                table.learn(slice.number(), config);
            }
        } else if (problem instanceof StorageFullException full) {
            throw new FsException(Errno.ENOSPC, String.valueOf(full.getMessage()), full);
        } else if (problem instanceof StorageException storage) {
            throw new FsException(Errno.EIO, String.valueOf(storage.getMessage()), storage);
        } else if (problem instanceof FsException known) {
            throw known;
        } else if (problem instanceof RuntimeException defect) {
            throw defect;
        } else if (!(problem instanceof NoContactException) && !(problem instanceof MovedException)) {
            throw new FsException(Errno.EIO, String.valueOf(problem.getMessage()), problem);
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static void pause() throws FsException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a slice has no primary", e);
        }
    }

    /** The one that was asked leads no more, as is known from elsewhere. */
    private static final class MovedException extends Exception {
        private static final long serialVersionUID = 1L;

        MovedException(String message) {
            super(message, null, false, false);
        }
    }

    /** Who is asked for a slice now. */
    private record Asked(VulcanoId primary, long incarnation) {
        static @Nullable Asked of(@Nullable SliceConfig config) {
            return config == null ? null : new Asked(config.primary(), config.incarnation());
        }
    }

    private <T> T await(Slice slice, CompletableFuture<T> attempt) throws ExecutionException, InterruptedException {
        if (attempt.isDone()) {
            return attempt.get();
        }
        Asked asked = Asked.of(table.config(slice.number()));
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return attempt.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (asked != null && !asked.equals(Asked.of(table.config(slice.number())))) {
                    throw new ExecutionException(new MovedException("it is led by another now"));
                }
                if (table.isPast(deadline)) {
                    throw new ExecutionException(new MovedException("its primary does not answer"));
                }
            }
        }
    }

    private <T> CompletableFuture<T> attempt(Slice slice, Question<T> question) {
        SliceConfig config = table.config(slice.number());
        if (config == null) {
            return CompletableFuture.failedFuture(new NotPrimaryException(slice.number(), null));
        }
        if (config.primary().equals(self)) {
            return question.here(config);
        }
        return peers.call(config.primary(), question.elsewhere(config))
                .thenCompose(reply -> told(slice, reply, question));
    }

    private static <T> CompletableFuture<T> told(Slice slice, Reply reply, Question<T> question) {
        if (reply instanceof PeerReply.NotPrimary elsewhere) {
            return CompletableFuture.failedFuture(new NotPrimaryException(slice.number(), elsewhere.config()));
        }
        try {
            return CompletableFuture.completedFuture(question.answer(reply));
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
