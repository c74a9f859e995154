package magma.dht.volume;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import magma.dht.batch.Batch;
import magma.dht.batch.Operation;
import magma.dht.namespace.Namespace;
import magma.dht.record.Cleaning;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes on in the background: writes that have waited for a second are stored, and content that no longer counts is removed. One thread each, which
 * goes on to the next file when one fails.
 */
final class Housekeeper {
    private static final Logger log = LoggerFactory.getLogger(Housekeeper.class);
    private static final long LOOK_MILLIS = 200;
    private static final long MOST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(800);
    private static final int PAGE = 500;
    private static final int CHUNKS_AT_ONCE = 256;

    private final Namespace namespace;
    private final Slices slices;
    private final Contents contents;
    private final UUID holder;
    private final BlockingQueue<RecordId> cleanings = new LinkedBlockingQueue<>();
    private final Thread flusher = new Thread(this::flushLoop, "magma-flusher");
    private final Thread cleaner = new Thread(this::cleanLoop, "magma-cleaner");
    private volatile boolean stopped;

    /** @param holder in whose name files are held open while they are cleaned */
    Housekeeper(Namespace namespace, Slices slices, Contents contents, UUID holder) {
        this.namespace = namespace;
        this.slices = slices;
        this.contents = contents;
        this.holder = holder;
    }

    /** How many flares have lost their last name while they were held open. */
    int countOrphans() throws FsException {
        int orphans = 0;
        for (Slice slice : slices.map().slices()) {
            orphans += all(slice, RecordKind.ORPHAN).size();
        }
        return orphans;
    }

    /** Removes what sessions of the past held open: none of them is here any more. */
    void endReclaim() throws FsException {
        for (Slice slice : slices.map().slices()) {
            namespace.endReclaim(slice, slices.term(slice));
        }
    }

    /** Releases the locks of sessions of the past: none of them is here any more. */
    void removeLocks() throws FsException {
        for (Slice slice : slices.map().slices()) {
            for (RecordId locks : all(slice, RecordKind.LOCKS)) {
                apply(locks.key(), List.of(new Operation.Remove(locks)));
            }
        }
    }

    /** Takes up cleanings that were not finished. @return how many */
    int findCleanings() throws FsException {
        for (Slice slice : slices.map().slices()) {
            findCleanings(slice);
        }
        return cleanings.size();
    }

    /** Those in one slice. */
    void findCleanings(Slice slice) throws FsException {
        cleanings.addAll(all(slice, RecordKind.CLEANING));
    }

    /** The records of one kind in a slice. */
    List<RecordId> all(Slice slice, RecordKind kind) throws FsException {
        List<RecordId> all = new ArrayList<>();
        RecordId next = RecordId.of(slice.first(), kind.code());
        RecordId end = Records.end(kind, slice.last());
        List<StoredRecord> page;
        do {
            page = slices.scan(slice, next, end, PAGE);
            page.forEach(record -> all.add(record.id()));
            next = page.isEmpty() ? end : page.get(page.size() - 1).id().successor();
        } while (page.size() == PAGE);
        return all;
    }

    void start() {
        namespace.onCleaning(cleanings::add);
        flusher.setDaemon(true);
        cleaner.setDaemon(true);
        flusher.start();
        cleaner.start();
    }

    void stop() {
        stopped = true;
        flusher.interrupt();
        cleaner.interrupt();
        try {
            flusher.join();
            cleaner.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void flushLoop() {
        try {
            while (!stopped) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                flushOld(System.nanoTime());
            }
        } catch (InterruptedException e) {
            log.debug("flusher stops");
        }
    }

    private void flushOld(long now) {
        for (FileContent content : contents.all()) {
            long since = content.pendingSince();
            if (since != 0 && !content.isLost() && now - since > MOST_WAIT_NANOS) {
                content.flushInBackground();
            }
        }
    }

    private void cleanLoop() {
        try {
            while (!stopped) {
                RecordId next = cleanings.take();
                try {
                    clean(next);
                } catch (RuntimeException | Error e) {
                    notCleaned(next, e);
                }
            }
        } catch (InterruptedException e) {
            log.debug("cleaner stops");
        }
    }

    private void notCleaned(RecordId id, Throwable cause) {
        if (!stopped) {
            log.error(
                    "Removing content of {} that is no longer needed broke off. It is tried again at the next start.",
                    id.key(),
                    cause);
        }
    }

    private void clean(RecordId id) {
        try {
            StoredRecord record = slices.read(id).record();
            if (record == null) {
                return;
            }
            Cleaning cleaning = Cleaning.decode(record.value());
            if (cleaning.gone()) {
                removeChunks(id, cleaning);
            } else {
                cleanFile(id, cleaning);
            }
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                log.debug("{} is cleaned by who leads its slice", id.key());
            } else if (!stopped) {
                log.warn(
                        "Content of {} that is no longer needed is not removed: {}. It is tried again at the next start.",
                        id.key(),
                        e.getMessage());
            }
        }
    }

    private void cleanFile(RecordId id, Cleaning cleaning) throws FsException {
        FileContent content;
        try {
            content = contents.acquire(id.key(), holder);
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            // The file went meanwhile, and its own cleaning takes all chunks.
            apply(id.key(), List.of(new Operation.Remove(id)));
            return;
        }
        try {
            content.clean(Records.cleaningGeneration(id), cleaning);
        } finally {
            contents.release(content, holder);
        }
    }

    private void removeChunks(RecordId id, Cleaning cleaning) throws FsException {
        ChunkMap chunks = new ChunkMap(slices, namespace.records(), id.key(), cleaning.layout());
        chunks.visitStored(cleaning.from(), cleaning.limit(), indexes -> {
            List<Long> stored = List.copyOf(indexes);
            for (int i = 0; i < stored.size() && !stopped; i += CHUNKS_AT_ONCE) {
                remove(chunks, stored.subList(i, Math.min(stored.size(), i + CHUNKS_AT_ONCE)));
            }
            return !stopped;
        });
        if (!stopped) {
            chunks.removeSpans(operations -> apply(id.key(), operations));
            apply(id.key(), List.of(new Operation.Remove(id)));
        }
    }

    private void remove(ChunkMap chunks, List<Long> indexes) throws FsException {
        Map<Slice, List<Operation>> bySlice = new LinkedHashMap<>();
        for (long index : indexes) {
            RecordId chunk = chunks.id(index);
            bySlice.computeIfAbsent(slices.map().of(chunk.key()), s -> new ArrayList<>())
                    .add(new Operation.Remove(chunk));
        }
        for (Map.Entry<Slice, List<Operation>> entry : bySlice.entrySet()) {
            apply(entry.getKey().first(), entry.getValue());
        }
    }

    private void apply(Key place, List<Operation> operations) throws FsException {
        namespace.apply(place, new Batch(List.of(), operations, Purpose.RELEASE));
    }
}
