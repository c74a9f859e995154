package magma.dht.routing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.record.FeatureLevel;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.dht.wire.PeerRequest.FindRecords;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * All slices of the network, wherever they are: whatever is asked goes to the primary of the slice that holds its key. Blocking; safe for use by many threads.
 *
 * <p>Storage's failures come as {@link FsException}: ENOSPC when it is full, EIO for all else.
 */
public interface Slices {

    /** Which slices there are now. */
    SliceMap map();

    /** Has the slice's primary carry out a command. When it returns, what changed survives the death of any process. */
    Outcome submit(Slice slice, Command command) throws FsException;

    /**
     * The term in which this vulcano answers for the slice, above 0; 0 where it does not, or cannot be sure just now. Each term of a slice is higher than all before it,
     * wherever they were.
     */
    long term(Slice slice);

    /**
     * Carries out a command as {@link #submit} does, but only here, and only in that term.
     *
     * @throws FsException EREMOTE when the term is over: then it may have been carried out or not
     */
    Outcome submitInTerm(Slice slice, Command command, long term) throws FsException;

    /** The committed record, and who has prepared to change it. */
    Reading read(RecordId id) throws FsException;

    /**
     * @param record null where there is none
     * @param lock the transaction that has prepared to change it, or null
     */
    record Reading(@Nullable StoredRecord record, SliceState.@Nullable LockedBy lock) {}

    /** Committed records of one kind in one slice, from {@code from} (included) to {@code to} (excluded), in order, at most {@code most}. */
    List<StoredRecord> scan(Slice slice, RecordId from, RecordId to, int most) throws FsException;

    /** Fills {@code to} with bytes of a chunk, see {@link Storage#readContent}. */
    void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException;

    /** The runs of bytes of a chunk that count, see {@link Storage#runs}. */
    List<Storage.Run> runs(RecordId chunk, Visibility visibility) throws FsException;

    /**
     * Which records there are in some ranges, each of which lies within the slice that it stands by; in no order. Of a range with more than {@link
     * FindRecords#MOST_OF_EACH} some are left out.
     */
    default List<RecordId> find(Map<Slice, List<IdRange>> ranges) throws FsException {
        List<RecordId> found = new ArrayList<>();
        for (Map.Entry<Slice, List<IdRange>> each : ranges.entrySet()) {
            for (IdRange range : each.getValue()) {
                scan(each.getKey(), range.from(), range.to(), FindRecords.MOST_OF_EACH)
                        .forEach(record -> found.add(record.id()));
            }
        }
        return found;
    }

    /** Makes all that the slices hold now survive a loss of power. */
    void sync(Collection<Slice> slices) throws FsException;

    /** What is being done already, and is to be waited for. */
    @FunctionalInterface
    interface Syncing {
        void await() throws FsException;
    }

    /** Begins what {@link #sync} does. */
    default Syncing beginSync(Collection<Slice> slices) throws FsException {
        List<Slice> asked = List.copyOf(slices);
        return () -> {
            if (!asked.isEmpty()) {
                sync(asked);
            }
        };
    }

    /** What {@link #submitInTerm} and then {@link #sync} do, with one way to the disks. */
    default Outcome submitSynced(Slice slice, Command command, long term) throws FsException {
        Outcome outcome = submitInTerm(slice, command, term);
        sync(List.of(slice));
        return outcome;
    }

    /** The transactions that are prepared in a slice. */
    List<SliceState.LockedBy> pending(Slice slice) throws FsException;

    /** Whether other processes may lead slices too, or may come to. */
    default boolean isShared() {
        return false;
    }

    /** How many flares there are. */
    long flares() throws FsException;

    /** Whether a vulcano leads the slice, as far as is known. */
    default boolean isLedBy(VulcanoId vulcano, Slice slice) {
        return true;
    }

    /**
     * Whether the slice holds so many more flares than slices usually do that what can as well be elsewhere should be. By what this vulcano knows: it asks nobody. Where
     * nothing is known, none is crowded.
     */
    default boolean isCrowded(Slice slice) {
        return false;
    }

    /** Up to which feature level what is written may go: all vulcanos of the network can read that. It never falls. */
    default int featureLevel() {
        return FeatureLevel.LATEST;
    }

    /** How full the network is. */
    Space space() throws FsException;
}
