package magma.dht.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.FlareCount;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.codec.MalformedException;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.record.Records;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.ReplicationStart;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.LogRecord;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All replicas of one vulcano, over one storage. Safe for use by many threads. */
public final class Replicas implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replicas.class);

    /** So often a look that somebody else's lead interrupted is repeated. */
    private static final int LOOKS = 8;

    private final VulcanoId self;
    private final Incarnations incarnations;
    private final Storage storage;
    private final boolean clean;
    private final long since;
    private final ReplicaPorts ports;
    private final ReplicationSettings settings;
    private final Syncer syncer;
    private final Ticker ticker;
    private final Map<Long, HostedReplica> replicas = new ConcurrentHashMap<>();
    private volatile boolean stopped;

    /** Whether the council's word has come: before, it is not known what is to be here. */
    private volatile boolean heard;

    private boolean full;

    /**
     * Who this is.
     *
     * @param clean whether nothing that storage had appended can have been lost, as with a loss of power
     * @param since a time of {@link ReplicaPorts.Time#nanos} at which no earlier process of this vulcano was there any more: what such a one promised is kept from then on
     */
    public record Host(VulcanoId self, Incarnations incarnations, boolean clean, long since) {}

    public Replicas(Host host, Storage storage, ReplicationSettings settings, ReplicaPorts ports) {
        this.self = host.self();
        this.incarnations = host.incarnations();
        this.clean = host.clean();
        this.since = host.since();
        this.storage = storage;
        this.settings = settings;
        this.ports = ports;
        this.syncer = new Syncer(storage, e -> ports.duties().failed(0, e));
        this.ticker = new Ticker(ports.time(), this::watchedRoom, replicas.values());
    }

    /** From here on the replicas hear of the time, and what is to be flushed is. */
    public void start() {
        ticker.start();
        syncer.start();
    }

    /**
     * In place of {@link #start}, for whoever has a time of his own: tells those replicas that are due.
     *
     * @return in how many milliseconds to look again
     */
    public long look() {
        return ticker.look();
    }

    /** In place of {@link #start}: flushes the log for those that want it. */
    public void flush() throws StorageException {
        syncer.flush();
    }

    /**
     * The council's word, no older than this process. Replicas that are to be here come to be.
     *
     * @throws StorageException when storage cannot say what it has of a slice
     */
    public void learn(SliceMap map, Map<Long, SliceConfig> configs) throws StorageException {
        for (Slice slice : map.slices()) {
            SliceConfig config = configs.get(slice.number());
            if (config != null) {
                learn(slice, config);
            }
        }
        heard = true;
    }

    private void learn(Slice slice, SliceConfig config) throws StorageException {
        HostedReplica replica = opened(slice, config);
        if (replica != null && config.epoch() > replica.learnedEpoch()) {
            replica.happened(new ReplicationEvent.Learned<>(config));
        }
    }

    /** Never two of a slice, though the council's word may come on several threads at once. */
    private synchronized @Nullable HostedReplica opened(Slice slice, SliceConfig config) throws StorageException {
        HostedReplica replica = replicas.get(slice.number());
        if (replica == null && config.replicas().contains(self)) {
            replica = open(slice);
            replicas.put(slice.number(), replica);
            if (stopped) {
                replica.stop();
            }
        }
        return replica;
    }

    private HostedReplica open(Slice slice) throws StorageException {
        ReplicationStart<Payload> start = start(slice);
        Replication<Payload> machine =
                new Replication<>(self, incarnations.first(), settings, start, Payload::weight, since);
        return new HostedReplica(slice, storage, ports, syncer, machine, start);
    }

    /** What the storage has of a slice. A copy counts from where it was of one moment; where the log has another entry there, or none, what is here is of no one moment. */
    private ReplicationStart<Payload> start(Slice slice) throws StorageException {
        Version copied = CopyMark.of(storage, slice);
        Version base = committed(slice);
        List<LogEntry<Payload>> entries = entries(slice);
        if (copied.sequence() > base.sequence()) {
            if (entries.stream().noneMatch(entry -> entry.version().equals(copied))) {
                // It serves as what a next copy can begin from.
                storage.beginInstall(slice.number());
                return new ReplicationStart<>(Version.NONE, List.of(), clean);
            }
            // Where it was copied from that had been committed.
            storage.commit(slice.number(), copied);
            base = copied;
            entries = entries(slice);
        }
        return new ReplicationStart<>(base, entries, clean);
    }

    private Version committed(Slice slice) {
        return storage.commits().getOrDefault(slice.number(), Version.NONE);
    }

    private List<LogEntry<Payload>> entries(Slice slice) throws StorageException {
        List<LogEntry<Payload>> entries = new ArrayList<>();
        for (LogRecord record : storage.uncommitted(slice.number())) {
            entries.add(new LogEntry<>(
                    record.version(), record.mutations().isEmpty() ? null : new Payload(record.mutations())));
        }
        return entries;
    }

    /** What another replica says. */
    public void receive(VulcanoId from, long slice, ReplicationMessage<Payload> message) {
        HostedReplica replica = replicas.get(slice);
        if (replica != null) {
            replica.receive(from, message);
        }
    }

    /** A process of another vulcano has ended, for certain. */
    public void died(VulcanoId vulcano, Incarnations ended) {
        for (HostedReplica replica : replicas.values()) {
            ports.workers().execute(() -> replica.died(vulcano, ended));
        }
    }

    /** As {@link #died(VulcanoId, Incarnations)}, for one slice: a replica that comes to lead must hear of deaths from before. */
    public void died(long slice, VulcanoId vulcano, Incarnations ended) {
        HostedReplica replica = replicas.get(slice);
        if (replica != null) {
            ports.workers().execute(() -> replica.died(vulcano, ended));
        }
    }

    /** Who of the others says to a slice that is led here that its disk is about full; this vulcano too where its own is. */
    public Set<VulcanoId> full() {
        Set<VulcanoId> full = new TreeSet<>();
        replicas.values().forEach(replica -> full.addAll(replica.full()));
        if (Replication.isFull(available())) {
            full.add(self);
        }
        return full;
    }

    /** Up to where the slice is committed here, with all of it to be read; {@link Version#NONE} where it has no replica here. */
    Version committed(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? Version.NONE : replica.committed();
    }

    /** The sequence of the last entry of the slice's log here; 0 where there is none. */
    long appended(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? 0 : replica.appended().sequence();
    }

    /** Has a slice that is led here led by another in sync, if that can be. May take a while. */
    public void handOver(long slice, VulcanoId to) {
        HostedReplica replica = replicas.get(slice);
        if (replica != null) {
            ports.duties().leaves(slice);
            replica.happened(new ReplicationEvent.Yield<>(to));
        }
    }

    /**
     * From here on they confirm, answer and ask for nothing more, as if this process had ended: others may be told that it has. What was waited for is refused, as perhaps
     * done and perhaps not.
     */
    public void stop() {
        stopped = true;
        replicas.values().forEach(HostedReplica::stop);
    }

    /** Where a slice that has a replica here lies; null where it has none. */
    @Nullable
    Slice sliceOf(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? null : replica.slice();
    }

    /** The slices that this vulcano answers for. */
    public List<Long> led() {
        return replicas.values().stream()
                .filter(replica -> replica.lead().isHeld())
                .map(replica -> replica.slice().number())
                .toList();
    }

    /** Whether this vulcano answers for the slice. */
    public boolean leads(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica != null && replica.lead().isHeld();
    }

    /** In which epoch this vulcano began to answer for the slice; 0 where it does not, or cannot be sure just now. Differs each time. */
    public long term(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? 0 : replica.term();
    }

    /** The same; where it cannot be sure, it asks the other replicas. Fails with {@link NotPrimaryException} where this vulcano does not answer for the slice. */
    public CompletableFuture<Long> confirmedTerm(long slice) {
        return look(slice, replica -> replica.lead().begunIn());
    }

    /** Whether the council knows all that a loss of power has taken from here. */
    public boolean isClean() {
        return clean || (heard && replicas.values().stream().allMatch(HostedReplica::isClean));
    }

    /** What the replica of a slice knows of the council's word; null where there is none. */
    public @Nullable SliceConfig config(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? null : replica.config();
    }

    /** @see HostedReplica#submit */
    public CompletableFuture<Outcome> submit(long slice, Request request, long epoch) {
        return submit(slice, request, epoch, false);
    }

    /** @see HostedReplica#submit */
    public CompletableFuture<Outcome> submit(long slice, Request request, long epoch, boolean isSynced) {
        HostedReplica replica = replicas.get(slice);
        return replica == null
                ? CompletableFuture.failedFuture(new NotPrimaryException(slice, null))
                : replica.submit(request, epoch, isSynced);
    }

    /** Completes when all that the slice was asked for before survives a loss of power everywhere. */
    public CompletableFuture<Void> sync(long slice) {
        HostedReplica replica = replicas.get(slice);
        return replica == null ? CompletableFuture.failedFuture(new NotPrimaryException(slice, null)) : replica.sync();
    }

    /** Looks at what is committed. */
    @FunctionalInterface
    interface Look<T> {
        T at(HostedReplica replica) throws StorageException;
    }

    /** A record, and who has prepared to change it. */
    public record Reading(@Nullable StoredRecord record, SliceState.@Nullable LockedBy lock) {}

    /** The committed record. The future fails as that of {@link #submit}. */
    public CompletableFuture<Reading> read(long slice, RecordId id) {
        // The lock first: a transaction that ends in between has then left what it wrote.
        return look(slice, replica -> {
            SliceState.LockedBy lock = replica.lead().lockOn(id);
            return new Reading(storage.get(id), lock);
        });
    }

    public CompletableFuture<List<StoredRecord>> scan(long slice, RecordId from, RecordId to, int most) {
        return look(slice, replica -> storage.scan(from, to, most));
    }

    /** Fills {@code to}; completes with true. It may be filled more than once. */
    public CompletableFuture<Boolean> readContent(
            long slice, RecordId chunk, int offset, ByteBuffer to, Visibility visibility) {
        return look(slice, replica -> {
            ByteBuffer target = to.duplicate();
            storage.readContent(chunk, offset, target, visibility);
            return true;
        });
    }

    public CompletableFuture<List<Storage.Run>> runs(long slice, RecordId chunk, Visibility visibility) {
        return look(slice, replica -> storage.runs(chunk, visibility));
    }

    /** The ids of committed records in ranges of the slice, at most so many of each. */
    public CompletableFuture<List<RecordId>> find(long slice, List<IdRange> ranges, int mostOfEach) {
        return look(slice, replica -> {
            List<RecordId> found = new ArrayList<>();
            for (IdRange range : ranges) {
                storage.scan(range.from(), range.to(), mostOfEach).forEach(record -> found.add(record.id()));
            }
            return found;
        });
    }

    public CompletableFuture<List<SliceState.LockedBy>> pending(long slice) {
        return look(slice, HostedReplica::pending);
    }

    public CompletableFuture<Long> flares(long slice) {
        return look(slice, HostedReplica::flares);
    }

    /** Of those slices that are led here. */
    public long flares() {
        return replicas.values().stream().mapToLong(HostedReplica::flares).sum();
    }

    /** How many flares the slices hold that are stored here, whoever leads them, by the slices' numbers. Of one whose records cannot be read it is not said. */
    public Map<Long, Long> flaresStored(SliceMap map) {
        Map<Long, Long> counts = new HashMap<>();
        for (Slice slice : map.slices()) {
            if (replicas.containsKey(slice.number())) {
                try {
                    StoredRecord count = storage.get(Records.flareCount(slice));
                    counts.put(slice.number(), FlareCount.of(count));
                } catch (StorageException | MalformedException e) {
                    log.debug("The count of slice {} cannot be read", slice.number(), e);
                }
            }
        }
        return counts;
    }

    /** The answer is checked against the lease when it is given. */
    <T> CompletableFuture<T> look(long slice, Look<T> look) {
        HostedReplica replica = replicas.get(slice);
        if (replica == null) {
            return CompletableFuture.failedFuture(new NotPrimaryException(slice, null));
        }
        try {
            long reign = replica.reign();
            if (replica.mayAnswer(reign)) {
                T found = look.at(replica);
                if (replica.mayAnswer(reign)) {
                    return CompletableFuture.completedFuture(found);
                }
            }
        } catch (StorageException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
        return replica.confirm().thenCompose(may -> again(replica, look, LOOKS));
    }

    /** Good when the replica has led from before the look until after it. */
    private static <T> CompletableFuture<T> again(HostedReplica replica, Look<T> look, int looks) {
        if (looks == 0) {
            return CompletableFuture.failedFuture(
                    new NotPrimaryException(replica.slice().number(), replica.config()));
        }
        Object duty = replica.lead().duty();
        try {
            T found = duty == null ? null : look.at(replica);
            return replica.confirm()
                    .thenCompose(may -> found != null && duty == replica.lead().duty()
                            ? CompletableFuture.completedFuture(found)
                            : again(replica, look, looks - 1));
        } catch (StorageException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Finds something in a state that another replica copies. */
    @FunctionalInterface
    interface Copying<T> {
        /** @param incarnation of the state: another in each process, and after each restore */
        T of(long incarnation) throws StorageException;
    }

    /**
     * Looks at a state to be copied, led here or not; fails while it is none that there has been, or when it became another in between.
     *
     * @param by who copies it. For a replica of the slice more of the log is kept meanwhile; another could only use up memory
     */
    <T> CompletableFuture<T> copying(long slice, VulcanoId by, Copying<T> copying) {
        HostedReplica replica = replicas.get(slice);
        long before = replica == null ? 0 : replica.exactState();
        if (replica == null || before == 0) {
            return CompletableFuture.failedFuture(inexact(slice));
        }
        SliceConfig config = replica.config();
        if (config != null && config.replicas().contains(by)) {
            replica.happened(new ReplicationEvent.Copied<>());
        }
        try {
            T found = copying.of(incarnations.first() + before);
            return replica.exactState() == before
                    ? CompletableFuture.completedFuture(found)
                    : CompletableFuture.failedFuture(inexact(slice));
        } catch (StorageException | RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static FsException inexact(long slice) {
        return new FsException(Errno.EAGAIN, "slice " + slice + " is not whole here");
    }

    /** As {@link #available}; tells the operator when the disk gets full, and when it has room again. */
    private long watchedRoom() {
        long available = available();
        if (available == 0 && !full && !replicas.isEmpty()) {
            full = true;
            log.warn(
                    "The disk is full but for its reserve. Others go on without this vulcano where enough of them have room. Free space on it, or delete something");
        } else if (full && !Replication.isFull(available)) {
            full = false;
            log.info("The disk has room again; this vulcano catches up");
        }
        return available;
    }

    private long available() {
        try {
            return storage.space().available();
        } catch (StorageException e) {
            return 0;
        }
    }

    /** Stops the clock of all replicas: what is waited for is not answered any more. */
    @Override
    public void close() {
        ticker.close();
        syncer.close();
    }
}
