package magma.testkit.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForgetfulVolumeTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final int SEEDS = 200;

    @TempDir
    Path temporary;

    private ForgetfulVolume disk;
    private FileSystem fs;
    private Key top;

    @BeforeEach
    void start() throws Exception {
        use(new ForgetfulVolume(new MemoryVolume()));
    }

    private void use(ForgetfulVolume volume) throws FsException {
        disk = volume;
        fs = disk.openSession("test", ChangeListener.NONE);
        top = fs.root();
    }

    private OpenFile create(Key directory, String name) throws FsException {
        var options = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
        return fs.create(ROOT, directory, Name.of(name), 0644, true, options).file();
    }

    private static void write(OpenFile file, String text, long offset) throws FsException {
        file.write(ROOT, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), offset);
    }

    private Key directory(String name) throws FsException {
        return fs.makeDirectory(ROOT, top, Name.of(name), 0755).key();
    }

    private void sync(Key directory) throws FsException {
        try (OpenDirectory open = fs.openDirectory(ROOT, directory)) {
            open.sync();
        }
    }

    /** What is left, as paths and content. Files' content is empty for a directory. */
    private Map<String, String> cut(long seed, double chance) throws Exception {
        disk.cut();
        Path place = Files.createTempDirectory(temporary, "image");
        disk.image(seed, chance).writeTo(place);
        TreeMap<String, String> found = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(place)) {
            for (Path path : paths.filter(path -> !path.equals(place)).toList()) {
                found.put(place.relativize(path).toString(), Files.isDirectory(path) ? "" : Files.readString(path));
            }
        }
        return found;
    }

    @Test
    void contentIsThereAsItWasSynced() throws Exception {
        OpenFile file = create(top, "f");
        write(file, "hello", 0);
        file.sync(false);
        sync(top);
        write(file, "HELLO, WORLD", 0);
        assertThat(cut(1, 0)).containsExactly(Map.entry("f", "hello"));
    }

    @Test
    void aSyncOfTheFileDoesNotSyncItsName() throws Exception {
        OpenFile file = create(top, "f");
        write(file, "hello", 0);
        file.sync(true);
        assertThat(cut(1, 0)).isEmpty();
    }

    @Test
    void aNameThatIsSyncedMayLeadToNoContent() throws Exception {
        write(create(top, "f"), "hello", 0);
        sync(top);
        assertThat(cut(1, 0)).containsExactly(Map.entry("f", ""));
    }

    @Test
    void withLuckEverythingSurvives() throws Exception {
        Key sub = directory("sub");
        write(create(sub, "f"), "hello", 0);
        fs.rename(ROOT, sub, Name.of("f"), top, Name.of("g"), RenameMode.REPLACE);
        fs.symlink(ROOT, sub, Name.of("link"), new byte[] {'.'});
        assertThat(cut(1, 1).keySet()).containsExactly("g", "sub", "sub/link");
    }

    @Test
    void whatWasRemovedComesBackWhenTheRemovalWasNotSynced() throws Exception {
        OpenFile file = create(top, "f");
        write(file, "hello", 0);
        file.sync(true);
        file.close();
        sync(top);
        fs.unlink(ROOT, top, Name.of("f"));
        assertThat(cut(1, 0)).containsExactly(Map.entry("f", "hello"));
    }

    @Test
    void namesSurviveFromTheBeginningOn() throws Exception {
        TreeSet<Integer> seen = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            start();
            for (int i = 0; i < 5; i++) {
                create(top, "f" + i).close();
            }
            List<String> left = List.copyOf(cut(seed, 0.5).keySet());
            assertThat(left).isEqualTo(List.of("f0", "f1", "f2", "f3", "f4").subList(0, left.size()));
            seen.add(left.size());
        }
        assertThat(seen).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void aRenameHappensInBothDirectoriesOrInNone() throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            start();
            Key a = directory("a");
            Key b = directory("b");
            create(a, "f").close();
            fs.syncAll();
            create(b, "before").close();
            fs.rename(ROOT, a, Name.of("f"), b, Name.of("g"), RenameMode.REPLACE);
            create(a, "after").close();
            String left = String.join(" ", cut(seed, 0.5).keySet());
            assertThat(left).isIn("a a/f b", "a a/f b b/before", "a b b/before b/g", "a a/after b b/before b/g");
            seen.add(left);
        }
        assertThat(seen).hasSize(4);
    }

    @Test
    void syncingOneDirectoryOfARenameSyncsTheOther() throws Exception {
        Key a = directory("a");
        Key b = directory("b");
        create(a, "f").close();
        sync(top);
        create(b, "before").close();
        fs.rename(ROOT, a, Name.of("f"), b, Name.of("g"), RenameMode.REPLACE);
        create(b, "after").close();
        sync(a);
        assertThat(cut(1, 0).keySet()).containsExactly("a", "b", "b/before", "b/g");
    }

    @Test
    void namesThatAreExchangedAreExchangedAtOnce() throws Exception {
        write(create(top, "f"), "f", 0);
        write(create(top, "g"), "g", 0);
        fs.syncAll();
        fs.rename(ROOT, top, Name.of("f"), top, Name.of("g"), RenameMode.EXCHANGE);
        sync(top);
        assertThat(cut(1, 0)).containsEntry("f", "g").containsEntry("g", "f");
    }

    @Test
    void writesAreTornAtSectors() throws Exception {
        boolean torn = false;
        for (int seed = 0; seed < SEEDS; seed++) {
            start();
            OpenFile file = create(top, "f");
            write(file, "a".repeat(2000), 0);
            fs.syncAll();
            write(file, "b".repeat(1300), 300);
            String left = cut(seed, 0.5).getOrDefault("f", "");
            assertThat(left).hasSize(2000);
            TreeSet<Integer> borders = new TreeSet<>();
            for (int i = 1; i < 2000; i++) {
                if (left.charAt(i) != left.charAt(i - 1)) {
                    borders.add(i);
                }
            }
            assertThat(borders).isSubsetOf(300, 512, 1024, 1536, 1600);
            torn |= borders.contains(1024);
        }
        assertThat(torn).isTrue();
    }

    @Test
    void aLaterWriteMaySurviveAnEarlierOne() throws Exception {
        TreeSet<String> seen = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            start();
            OpenFile file = create(top, "f");
            sync(top);
            write(file, "a", 0);
            write(file, "b", 1);
            fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(1), file);
            seen.add(cut(seed, 0.5).getOrDefault("f", "none"));
        }
        assertThat(seen).contains("", "a", "ab", "\0b", "\0");
    }

    @Test
    void theSameSeedLeavesTheSame() throws Exception {
        byte[][] left = new byte[2][];
        for (int i = 0; i < 2; i++) {
            start();
            OpenFile file = create(top, "f");
            sync(top);
            for (int at = 0; at < 50; at++) {
                write(file, "x".repeat(700), at * 700L);
            }
            left[i] = cut(7, 0.5).getOrDefault("f", "").getBytes(StandardCharsets.UTF_8);
        }
        assertThat(Arrays.equals(left[0], left[1])).isTrue();
    }

    @Test
    void anImageIsLoadedAsSynced() throws Exception {
        Key sub = directory("sub");
        OpenFile file = create(sub, "f");
        write(file, "hello", 40_000);
        fs.link(ROOT, file.flare(), top, Name.of("g"));
        fs.symlink(ROOT, top, Name.of("link"), new byte[] {'s', 'u', 'b'});
        fs.syncAll();
        disk.cut();
        use(new ForgetfulVolume(new MemoryVolume(), disk.image(1, 0)));
        Key loaded = fs.lookup(ROOT, top, Name.of("g")).key();
        assertThat(fs.getAttributes(loaded).links()).isEqualTo(2);
        fs.unlink(ROOT, top, Name.of("g"));
        Map<String, String> left = cut(1, 0);
        assertThat(left).containsEntry("sub/f", "\0".repeat(40_000) + "hello");
        assertThat(left.keySet()).containsExactly("g", "link", "sub", "sub/f");
    }

    @Test
    void aDiskThatLiesKeepsNothingThatItSyncs() throws Exception {
        create(top, "before").close();
        sync(top);
        disk.lie();
        create(top, "after").close();
        sync(top);
        assertThat(cut(1, 0).keySet()).containsExactly("before");
    }

    @Test
    void nobodyIsAnsweredAfterTheCut() throws Exception {
        OpenFile file = create(top, "f");
        sync(top);
        disk.cutAfter(1);
        write(file, "a", 0);
        AtomicReference<Throwable> result = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                file.sync(true);
            } catch (FsException e) {
                result.set(e);
            }
        });
        caller.start();
        while (!disk.isCut() || caller.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(cut(1, 0)).containsExactly(Map.entry("f", ""));
        assertThat(result).hasNullValue();
        disk.release();
        caller.join(TimeUnit.MINUTES.toMillis(1));
        assertThat(result.get())
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertThatThrownBy(() -> fs.getAttributes(top)).isInstanceOf(FsException.class);
        file.close();
    }
}
