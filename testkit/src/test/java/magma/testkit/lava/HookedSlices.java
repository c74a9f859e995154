package magma.testkit.lava;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.record.FeatureLevel;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.fs.FsException;

/** Slices with something in the way of commands and reads. */
final class HookedSlices implements Slices {
    /** Something that happens. */
    @FunctionalInterface
    interface Hook {
        void at(Command command) throws FsException;
    }

    /** What happens after a record was read, before whoever asked gets to know it. */
    @FunctionalInterface
    interface ReadHook {
        void after(RecordId id) throws FsException;
    }

    private final Slices inner;
    /** What happens before a command gets to its slice. */
    volatile Hook hook = command -> {};

    /** What happens when a command was carried out, before whoever asked gets to know it. */
    volatile Hook afterHook = command -> {};

    volatile Predicate<Slice> crowded = slice -> false;
    volatile ReadHook readHook = id -> {};

    /** What happens when records were found, before whoever asked gets to know it. */
    volatile Runnable findHook = () -> {};

    volatile int featureLevel = FeatureLevel.LATEST;

    /** How many times anybody looked through a range of records. */
    final AtomicLong scans = new AtomicLong();

    HookedSlices(Slices inner) {
        this.inner = inner;
    }

    @Override
    public SliceMap map() {
        return inner.map();
    }

    @Override
    public int featureLevel() {
        return featureLevel;
    }

    @Override
    public boolean isCrowded(Slice slice) {
        return crowded.test(slice);
    }

    @Override
    public Outcome submit(Slice slice, Command command) throws FsException {
        hook.at(command);
        return inner.submit(slice, command);
    }

    @Override
    public long term(Slice slice) {
        return inner.term(slice);
    }

    @Override
    public Outcome submitInTerm(Slice slice, Command command, long term) throws FsException {
        hook.at(command);
        Outcome outcome = inner.submitInTerm(slice, command, term);
        afterHook.at(command);
        return outcome;
    }

    @Override
    public Reading read(RecordId id) throws FsException {
        Reading reading = inner.read(id);
        readHook.after(id);
        return reading;
    }

    @Override
    public List<StoredRecord> scan(Slice slice, RecordId from, RecordId to, int most) throws FsException {
        scans.incrementAndGet();
        return inner.scan(slice, from, to, most);
    }

    @Override
    public List<RecordId> find(Map<Slice, List<IdRange>> ranges) throws FsException {
        List<RecordId> found = Slices.super.find(ranges);
        findHook.run();
        return found;
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException {
        inner.readContent(chunk, offset, to, visibility);
    }

    @Override
    public List<Storage.Run> runs(RecordId chunk, Visibility visibility) throws FsException {
        return inner.runs(chunk, visibility);
    }

    @Override
    public void sync(Collection<Slice> which) throws FsException {
        inner.sync(which);
    }

    @Override
    public List<SliceState.LockedBy> pending(Slice slice) throws FsException {
        return inner.pending(slice);
    }

    @Override
    public long flares() throws FsException {
        return inner.flares();
    }

    @Override
    public Space space() throws FsException {
        return inner.space();
    }
}
