package magma.vulcano;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import magma.dht.fsck.Fsck;
import magma.dht.record.Records;
import magma.dht.routing.LocalSlices;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.Storage;
import magma.dht.storage.Version;
import magma.dht.volume.LavaVolume;
import magma.dht.volume.Leftovers;
import magma.dht.wire.Reply;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;

/** The lava network's filesystem over one storage that holds all of its slices. */
final class LavaStore implements Store {
    /** No slice counts its records; -1 says so. */
    private static final long NOT_COUNTED = -1;

    private final NetworkFile network;
    private final Storage storage;
    private final Slices slices;
    private final LavaVolume volume;

    private LavaStore(NetworkFile network, Storage storage, Slices slices, LavaVolume volume) {
        this.network = network;
        this.storage = storage;
        this.slices = slices;
        this.volume = volume;
    }

    /** Opens the storage of a data directory; makes it where the directory is new. */
    static LavaStore open(DataDirectory directory) throws IOException {
        return over(
                directory.isNew()
                        ? XodusStorage.create(directory.storage(), StorageSettings.DEFAULT)
                        : XodusStorage.open(directory.storage(), StorageSettings.DEFAULT),
                directory.network());
    }

    /** @param storage is closed with this, also when this throws */
    static LavaStore over(Storage storage, NetworkFile network) throws IOException {
        try {
            Slices slices = new LocalSlices(network.slices(), storage, Instant::now);
            return new LavaStore(network, storage, slices, LavaVolume.open(slices, Volumes.parts(network.network())));
        } catch (IOException | RuntimeException e) {
            storage.close();
            throw e;
        }
    }

    /** What a start over a storage finishes, and what a check then finds. */
    record Tried(Leftovers leftovers, Reply.Findings findings) {}

    /** Finishes over a storage what a start would, checks the namespace, and leaves the storage open. Nothing is served. */
    static Tried tryOver(Storage storage, NetworkFile network) throws IOException {
        Slices slices = new LocalSlices(network.slices(), storage, Instant::now);
        Leftovers leftovers = LavaVolume.recover(slices, Volumes.parts(network.network()));
        return new Tried(leftovers, check(slices, network));
    }

    @Override
    public Volume volume() {
        return volume;
    }

    @Override
    public List<Reply.SliceStatus> slices() {
        List<Reply.SliceStatus> list = new ArrayList<>();
        Map<Long, Version> tails = storage.tails();
        for (Slice slice : slices.map().slices()) {
            long epoch = tails.getOrDefault(slice.number(), Version.NONE).epoch();
            list.add(new Reply.SliceStatus(slice.number(), slice.first(), slice.last(), epoch, "primary", NOT_COUNTED));
        }
        return list;
    }

    @Override
    public Space space() throws FsException {
        magma.dht.storage.Space space = slices.space();
        return new Space(slices.flares(), space.used(), Math.max(0, space.total() - space.used()), space.available());
    }

    @Override
    public Reply.Findings check() throws FsException {
        return check(slices, network);
    }

    private static Reply.Findings check(Slices slices, NetworkFile network) throws FsException {
        return Findings.of(Fsck.run(slices, Volumes.KEYS, Volumes.KEYS.root(network.network())));
    }

    @Override
    public Reply.Places locate(byte[] path) throws FsException {
        return new Locator(volume, slices, new Records(Volumes.KEYS)).locate(path);
    }

    @Override
    public void flush() throws FsException {
        try (FileSystem session = volume.openSession("flush", ChangeListener.NONE)) {
            session.syncAll();
        }
    }

    @Override
    public void close() throws IOException {
        volume.close();
        storage.close();
    }
}
