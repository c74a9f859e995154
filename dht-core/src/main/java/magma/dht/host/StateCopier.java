package magma.dht.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a slice's records here those of another replica: what differs in version or is missing is fetched, what the other lacks goes. One way. The other goes on
 * changing its records meanwhile, so what was copied is of no one moment until the log from the beginning of the copy on has been taken over too.
 */
public final class StateCopier implements ReplicaPorts.Copier {
    private static final Logger log = LoggerFactory.getLogger(StateCopier.class);
    private static final int FETCH = 512;
    private static final long PATIENCE_SECONDS = 20;

    /** So long after a copy for which there was no room the next one is made. */
    private static final long FULL_SECONDS = 2;

    private final Storage storage;
    private final PeerCalls peers;
    private final Supplier<SliceMap> map;
    private final ExecutorService threads;

    /** @param threads one copy occupies one of them */
    public StateCopier(Storage storage, PeerCalls peers, Supplier<SliceMap> map, ExecutorService threads) {
        this.storage = storage;
        this.peers = peers;
        this.map = map;
        this.threads = threads;
    }

    @Override
    public CompletionStage<Copied> copy(long slice, VulcanoId from) {
        return begin(slice, from).exceptionallyCompose(failure -> {
            CompletableFuture<Copied> failed = CompletableFuture.failedFuture(failure);
            // There is no room all at once; and each try goes through the whole slice.
            return failure.getCause() instanceof StorageFullException
                    ? failed.exceptionallyComposeAsync(e -> failed, later())
                    : failed;
        });
    }

    private Executor later() {
        return CompletableFuture.delayedExecutor(FULL_SECONDS, TimeUnit.SECONDS, threads);
    }

    private CompletableFuture<Copied> begin(long slice, VulcanoId from) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new Copy(slice(slice), from).run();
                    } catch (StorageException | CopyFailedException e) {
                        log.info(
                                "Copying slice {} from {} broke off: {}. It is tried again.",
                                slice,
                                from,
                                e.getMessage());
                        throw new java.util.concurrent.CompletionException(e);
                    }
                },
                threads);
    }

    private Slice slice(long number) throws CopyFailedException {
        Slice slice = map.get().numbered(number);
        if (slice == null) {
            throw new CopyFailedException("slice " + number + " is not in the map");
        }
        return slice;
    }

    private static final class CopyFailedException extends Exception {
        private static final long serialVersionUID = 1L;

        CopyFailedException(String message) {
            super(message);
        }
    }

    /** One slice, once. */
    private final class Copy {
        private final Slice slice;
        private final VulcanoId from;
        private Version at = Version.NONE;
        private long source;
        private long fetched;

        /** Why no more is fetched. */
        private @Nullable StorageFullException full;

        private Copy(Slice slice, VulcanoId from) {
            this.slice = slice;
            this.from = from;
        }

        private Copied run() throws StorageException, CopyFailedException {
            boolean begun = false;
            for (RecordKind kind : RecordKind.values()) {
                RecordId next = RecordId.of(slice.first(), kind.code());
                RecordId end = Records.end(kind, slice.last());
                PeerReply.ListingOf page;
                do {
                    page = list(next, end);
                    if (!begun) {
                        // Only now: a source that does not answer must not cost what is here.
                        begun = true;
                        at = page.committed();
                        storage.beginInstall(slice.number());
                    }
                    RecordId pageEnd = page.more()
                            ? page.records().get(page.records().size() - 1).id().successor()
                            : end;
                    takeOver(page, next, pageEnd);
                    next = pageEnd;
                } while (page.more());
            }
            StorageFullException lacking = full;
            if (lacking != null) {
                throw lacking;
            }
            Version upTo = list(RecordId.of(slice.first(), 1), RecordId.of(slice.first(), 1))
                    .committed();
            CopyMark.put(storage, slice, upTo);
            storage.endInstall(slice.number(), at);
            storage.sync();
            log.info("Slice {} is copied from {}: {} records fetched", slice.number(), from, fetched);
            return new Copied(at, upTo);
        }

        private void takeOver(PeerReply.ListingOf page, RecordId first, RecordId end)
                throws StorageException, CopyFailedException {
            Map<RecordId, Version> theirs = new HashMap<>();
            page.records().forEach(record -> theirs.put(record.id(), record.version()));
            List<Installed> superfluous = new ArrayList<>();
            RecordId next = first;
            List<StoredRecord> mine;
            do {
                mine = storage.scan(next, end, CopySource.PAGE);
                for (StoredRecord record : mine) {
                    Version version = theirs.get(record.id());
                    if (version == null) {
                        superfluous.add(new Installed(new Mutation.Delete(record.id()), at));
                    } else if (version.equals(record.version())) {
                        theirs.remove(record.id());
                    }
                    next = record.id().successor();
                }
            } while (mine.size() == CopySource.PAGE);
            if (!superfluous.isEmpty()) {
                storage.install(slice.number(), superfluous, Purpose.RELEASE);
            }
            List<RecordId> missing = new ArrayList<>();
            page.records().forEach(record -> {
                if (theirs.containsKey(record.id())) {
                    missing.add(record.id());
                }
            });
            try {
                for (int i = 0; i < missing.size() && full == null; i += FETCH) {
                    fetch(missing.subList(i, Math.min(missing.size(), i + FETCH)));
                }
            } catch (StorageFullException e) {
                // What is superfluous goes all the same: that makes room for the next try.
                full = e;
            }
        }

        private void fetch(List<RecordId> ids) throws StorageException, CopyFailedException {
            int done = 0;
            while (done < ids.size()) {
                List<RecordId> rest = ids.subList(done, ids.size());
                PeerReply.CopiesOf copies =
                        ask(new PeerRequest.FetchRecords(slice.number(), rest), PeerReply.CopiesOf.class);
                demand(copies.incarnation());
                if (copies.next() < 1) {
                    throw new CopyFailedException("the source gives nothing");
                }
                storage.install(slice.number(), copies.items(), Purpose.GROW);
                done += copies.next();
                fetched += copies.next();
            }
        }

        private PeerReply.ListingOf list(RecordId next, RecordId end) throws CopyFailedException {
            PeerReply.ListingOf page = ask(
                    new PeerRequest.ListRecords(slice.number(), next, end, CopySource.PAGE), PeerReply.ListingOf.class);
            demand(page.incarnation());
            return page;
        }

        /** All pages are of one state, which only grows. */
        private void demand(long incarnation) throws CopyFailedException {
            if (source == 0) {
                source = incarnation;
            } else if (source != incarnation) {
                throw new CopyFailedException("the source has begun anew");
            }
        }

        private <R extends Reply> R ask(PeerRequest request, Class<R> kind) throws CopyFailedException {
            try {
                Reply reply = peers.call(from, request).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                if (kind.isInstance(reply)) {
                    return kind.cast(reply);
                }
                throw new CopyFailedException("the source answers " + reply);
            } catch (ExecutionException e) {
                throw new CopyFailedException(
                        String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()));
            } catch (TimeoutException e) {
                throw new CopyFailedException("the source does not answer");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CopyFailedException("interrupted");
            }
        }
    }
}
