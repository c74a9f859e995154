package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import magma.dht.fsck.Fsck;
import magma.dht.fsck.FsckReport;
import magma.dht.key.KeyFunction;
import magma.dht.key.KeyScheme;
import magma.dht.routing.LocalSlices;
import magma.dht.runtime.Clock;
import magma.dht.runtime.Entropy;
import magma.dht.slice.SliceMap;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.volume.LavaVolume;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;

/** A network of one vulcano for tests: some slices, keys made in some way, and storage that the test gives. */
record Lava(KeyScheme keys, SliceMap map) {
    static final UUID NETWORK = new UUID(7, 9);

    /** Three slices, one border in the middle of the root's window, so that the root has two shards. */
    static Lava splitRoot() {
        KeyScheme keys = new KeyScheme(KeyFunction.SHA1);
        long window = keys.root(NETWORK).high();
        long other = window < 0 ? window / 2 + Long.MIN_VALUE : Long.MIN_VALUE | window;
        Key border = new Key(window, Long.MIN_VALUE, 0);
        List<Key> starts = window < 0 || other > 0
                ? List.of(Key.MIN, new Key(window / 2 & Long.MAX_VALUE, 5, 5), border)
                : List.of(Key.MIN, border, new Key(other, 5, 5));
        return new Lava(keys, SliceMap.startingAt(starts));
    }

    /** 64 slices, as a vulcano has. */
    static Lava usual() {
        return new Lava(new KeyScheme(KeyFunction.SHA1), SliceMap.even(64));
    }

    /** Keys of few values, so that many records share one; a border in every window but the first. */
    static Lava crowded() {
        KeyScheme keys = new KeyScheme(KeyFunction.cut(KeyFunction.SHA1, 12));
        List<Key> starts = List.of(
                Key.MIN,
                new Key(0x2000_0000_0000_0000L, 0x4000_0000_0000_0000L, 0),
                new Key(0x6000_0000_0000_0000L, 0x8000_0000_0000_0000L, 0),
                new Key(0xa000_0000_0000_0000L, 0x2000_0000_0000_0000L, 0),
                new Key(0xe000_0000_0000_0000L, 0xc000_0000_0000_0000L, 0));
        return new Lava(keys, SliceMap.startingAt(starts));
    }

    LavaVolume open(Storage storage) throws StorageException, FsException {
        return open(storage, Instant::now);
    }

    LavaVolume open(Storage storage, Clock clock) throws StorageException, FsException {
        LocalSlices slices = new LocalSlices(map, storage, clock);
        LavaVolume.Parts parts = new LavaVolume.Parts(keys, NETWORK, entropy(42), LavaVolume.sleeping(), clock);
        return LavaVolume.open(slices, parts);
    }

    FsckReport fsck(Storage storage) throws StorageException, FsException {
        return Fsck.run(new LocalSlices(map, storage, Instant::now), keys, keys.root(NETWORK));
    }

    void assertClean(Storage storage) throws StorageException, FsException {
        assertThat(fsck(storage).problems()).isEmpty();
    }

    /** Draws the same each time. Any thread. */
    static Entropy entropy(long seed) {
        Random random = new Random(seed);
        return count -> {
            byte[] bytes = new byte[count];
            synchronized (random) {
                random.nextBytes(bytes);
            }
            return bytes;
        };
    }

    /** The flare at a path below the root. */
    static Key at(FileSystem fs, String... path) throws FsException {
        Key key = fs.root();
        for (String part : path) {
            key = fs.lookup(Caller.ROOT, key, Name.of(part)).key();
        }
        return key;
    }
}
