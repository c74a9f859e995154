package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import magma.dht.namespace.Namespace;
import magma.dht.routing.LocalSlices;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.volume.LavaVolume;
import magma.fs.Caller;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which slice a new directory comes to be. */
class PlacementTest {
    private final Lava lava = Lava.usual();
    private final Set<Slice> crowded = new HashSet<>();
    private Namespace namespace;
    private Key root;

    @BeforeEach
    void makeRoot() throws Exception {
        HookedSlices slices =
                new HookedSlices(new LocalSlices(lava.map(), new MemoryStorage(), java.time.Instant::now));
        slices.crowded = crowded::contains;
        namespace = new Namespace((Slices) slices, lava.keys(), new UUID(7, 9), Lava.entropy(3), LavaVolume.sleeping());
        namespace.createRoot();
        root = namespace.root();
    }

    private Key directory(Key parent, String name, Predicate<Slice> near) throws FsException {
        return namespace
                .makeDirectory(Caller.ROOT, parent, Name.of(name), 0755, near)
                .key();
    }

    private Slice sliceOf(Key key) {
        return lava.map().of(key);
    }

    @Test
    void aDirectoryLiesInTheSliceOfItsParent() throws FsException {
        Key top = directory(root, "top", slice -> true);
        for (int i = 0; i < 20; i++) {
            assertThat(sliceOf(directory(top, "d" + i, slice -> true))).isEqualTo(sliceOf(top));
        }
    }

    @Test
    void theRootsDirectoriesAreSpread() throws FsException {
        Set<Slice> found = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            found.add(sliceOf(directory(root, "d" + i, slice -> true)));
        }
        assertThat(found).hasSizeGreaterThan(10);
    }

    @Test
    void theRootsDirectoriesLieNearWhoMakesThem() throws FsException {
        for (int i = 0; i < 20; i++) {
            assertThat(sliceOf(directory(root, "d" + i, slice -> slice.number() % 3 == 1))
                                    .number()
                            % 3)
                    .isEqualTo(1);
        }
    }

    @Test
    void whatIsCrowdedGetsNoMoreDirectories() throws FsException {
        Key top = directory(root, "top", slice -> true);
        crowded.add(sliceOf(top));
        Set<Slice> found = new HashSet<>();
        for (int i = 0; i < 40; i++) {
            found.add(sliceOf(directory(top, "d" + i, slice -> true)));
        }
        assertThat(found).hasSizeGreaterThan(10);
        for (int i = 0; i < 200; i++) {
            assertThat(sliceOf(directory(root, "d" + i, slice -> true))).isNotIn(crowded);
        }
    }

    @Test
    void aDirectoryIsMadeWhereNoSliceIsWanted() throws FsException {
        assertThat(directory(root, "d", slice -> false)).isNotNull();
    }
}
