package magma.testkit.lava;

import static java.nio.charset.StandardCharsets.UTF_8;
import static magma.testkit.lava.Lava.at;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import magma.dht.volume.LavaVolume;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.XattrName;
import magma.testkit.storage.FaultyStorage;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The process dies after each persisted step of each operation, over slices whose borders lie inside of directories' windows. When it comes back, the operation has
 * happened or it has not, and all records agree.
 *
 * <p>The tree before:
 *
 * <pre>
 *   /a/f      5 bytes, also /b/hard     /a/big    3 MiB
 *   /a/s      symlink                   /a/d/x    empty
 *   /b/e      empty directory           /b/g      4 bytes
 * </pre>
 */
class CrashAtEveryStepTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final int MIB = 1 << 20;

    @FunctionalInterface
    interface Action {
        void run(FileSystem fs) throws FsException;
    }

    record Step(String name, Action action, boolean atomic) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Arguments> cases() {
        List<Lava> networks = List.of(Lava.splitRoot(), Lava.crowded());
        return networks.stream().flatMap(lava -> steps().stream().map(step -> Arguments.of(lava, step)));
    }

    private static Step atomic(String name, Action action) {
        return new Step(name, action, true);
    }

    private static List<Step> steps() {
        List<Step> steps = new ArrayList<>(List.of(
                atomic(
                        "create",
                        fs -> fs.create(ROOT, at(fs, "a"), name("new"), 0644, true, writing())
                                .file()
                                .close()),
                atomic("mkdir", fs -> fs.makeDirectory(ROOT, at(fs, "a"), name("new"), 0755)),
                atomic("mkdirInRoot", fs -> fs.makeDirectory(ROOT, fs.root(), name("new"), 0755)),
                atomic("mkfifo", fs -> fs.makeNode(ROOT, at(fs, "b"), name("new"), FlareType.FIFO, 0600, 0)),
                atomic("symlink", fs -> fs.symlink(ROOT, fs.root(), name("new"), "to".getBytes(UTF_8))),
                atomic("linkElsewhere", fs -> fs.link(ROOT, at(fs, "a", "f"), fs.root(), name("new"))),
                atomic("unlinkOneOfTwoNames", fs -> fs.unlink(ROOT, at(fs, "b"), name("hard"))),
                atomic("unlinkLastName", fs -> fs.unlink(ROOT, at(fs, "b"), name("g"))),
                atomic("unlinkBigFile", fs -> fs.unlink(ROOT, at(fs, "a"), name("big"))),
                atomic("rmdir", fs -> fs.removeDirectory(ROOT, at(fs, "b"), name("e")))));
        steps.addAll(renames());
        steps.addAll(changes());
        return steps;
    }

    private static List<Step> renames() {
        return List.of(
                rename("renameWithinDirectory", List.of("a"), "f", List.of("a"), "new", RenameMode.REPLACE),
                rename("renameAcrossDirectories", List.of("a"), "f", List.of("b"), "new", RenameMode.REPLACE),
                rename("renameOverFile", List.of("a"), "f", List.of("b"), "g", RenameMode.REPLACE),
                rename("renameOverBigFile", List.of("b"), "g", List.of("a"), "big", RenameMode.REPLACE),
                rename("renameDirectory", List.of("a"), "d", List.of("b"), "d2", RenameMode.REPLACE),
                rename("renameDirectoryOverEmpty", List.of("a"), "d", List.of("b"), "e", RenameMode.REPLACE),
                rename("renameToRoot", List.of("b"), "e", List.of(), "new", RenameMode.NO_REPLACE),
                rename("exchangeFiles", List.of("a"), "f", List.of("b"), "g", RenameMode.EXCHANGE),
                rename("exchangeFileAndDirectory", List.of("a"), "d", List.of("b"), "g", RenameMode.EXCHANGE));
    }

    private static Step rename(
            String label, List<String> from, String old, List<String> to, String now, RenameMode mode) {
        return atomic(
                label,
                fs -> fs.rename(
                        ROOT,
                        at(fs, from.toArray(String[]::new)),
                        name(old),
                        at(fs, to.toArray(String[]::new)),
                        name(now),
                        mode));
    }

    private static List<Step> changes() {
        return List.of(
                atomic("chmodFile", fs -> set(fs, AttributeChanges.mode(0600), "a", "f")),
                atomic("chmodDirectory", fs -> set(fs, AttributeChanges.mode(0700), "a")),
                atomic("chmodRoot", fs -> fs.setAttributes(ROOT, fs.root(), AttributeChanges.mode(0711), null)),
                atomic("defaultAclOfDirectory", fs -> fs.setAcl(ROOT, at(fs, "a"), Acl.Kind.DEFAULT, Acl.ofMode(0750))),
                atomic(
                        "setXattr",
                        fs -> fs.setXattr(
                                ROOT, at(fs, "a"), new XattrName("user.x"), new byte[] {1}, XattrMode.CREATE)),
                atomic("truncateSmall", fs -> set(fs, AttributeChanges.size(2), "a", "f")),
                atomic("truncateBig", fs -> set(fs, AttributeChanges.size(MIB + 7), "a", "big")),
                atomic("truncateBigToNothing", fs -> set(fs, AttributeChanges.size(0), "a", "big")),
                atomic("lengthen", fs -> set(fs, AttributeChanges.size(5 * MIB), "a", "big")),
                atomic("overwriteSmall", fs -> write(fs, 1, new byte[] {'X'}, "b", "g")),
                atomic("appendToBig", fs -> write(fs, 3 * MIB, bytes(100_000, 3), "a", "big")),
                atomic("growOutOfInline", fs -> write(fs, 3, bytes(70_000, 4), "b", "g")),
                atomic("growOverGap", fs -> write(fs, 6 * MIB, bytes(70_000, 5), "a", "big")),
                new Step("overwriteBig", fs -> write(fs, MIB / 2, bytes(2 * MIB, 6), "a", "big"), false));
    }

    @ParameterizedTest(name = "{1} over {0}")
    @MethodSource("cases")
    void operationHappensOrNotAndAllAgrees(Lava lava, Step step) throws Exception {
        MemoryStorage first = new MemoryStorage();
        FaultyStorage counting = new FaultyStorage(first);
        String before;
        String after;
        long from;
        long to;
        try (LavaVolume volume = lava.open(counting)) {
            FileSystem fs = volume.openSession("test", ChangeListener.NONE);
            prepare(fs);
            before = picture(fs);
            from = counting.appends();
            step.action().run(fs);
            fs.syncAll();
            to = counting.appends();
            after = picture(fs);
        }
        assertThat(to).as("appends of " + step).isGreaterThan(from);
        lava.assertClean(first);
        for (long n = 0; n <= to - from; n++) {
            String found = crash(lava, step, n);
            if (step.atomic()) {
                assertThat(found)
                        .as("%s after %d of %d appends", step, n, to - from)
                        .isIn(before, after);
            }
        }
    }

    private static String crash(Lava lava, Step step, long n) throws Exception {
        MemoryStorage storage = new MemoryStorage();
        FaultyStorage faulty = new FaultyStorage(storage);
        LavaVolume volume = lava.open(faulty);
        FileSystem fs = volume.openSession("test", ChangeListener.NONE);
        prepare(fs);
        faulty.crashAfter(n);
        try {
            step.action().run(fs);
            fs.syncAll();
        } catch (FaultyStorage.Crash e) {
            // As it should be: the process is gone.
        }
        try {
            volume.close();
        } catch (FaultyStorage.Crash e) {
            // Nothing can be stored any more.
        }
        MemoryStorage restarted = storage.restart();
        String picture;
        try (LavaVolume again = lava.open(restarted)) {
            picture = picture(again.openSession("test", ChangeListener.NONE));
        }
        lava.assertClean(restarted);
        return picture;
    }

    private static void prepare(FileSystem fs) throws FsException {
        Key a = fs.makeDirectory(ROOT, fs.root(), name("a"), 0755).key();
        Key b = fs.makeDirectory(ROOT, fs.root(), name("b"), 0755).key();
        Key d = fs.makeDirectory(ROOT, a, name("d"), 0755).key();
        fs.makeDirectory(ROOT, b, name("e"), 0755);
        file(fs, a, "f", bytes(5, 1));
        file(fs, a, "big", bytes(3 * MIB, 2));
        file(fs, b, "g", bytes(4, 7));
        file(fs, d, "x", new byte[0]);
        fs.symlink(ROOT, a, name("s"), "f".getBytes(UTF_8));
        fs.link(ROOT, at(fs, "a", "f"), b, name("hard"));
        fs.syncAll();
    }

    private static void file(FileSystem fs, Key directory, String name, byte[] content) throws FsException {
        try (OpenFile file =
                fs.create(ROOT, directory, name(name), 0644, true, writing()).file()) {
            file.write(ROOT, ByteBuffer.wrap(content), 0);
        }
    }

    private static void set(FileSystem fs, AttributeChanges changes, String... path) throws FsException {
        fs.setAttributes(ROOT, at(fs, path), changes, null);
    }

    private static void write(FileSystem fs, long offset, byte[] bytes, String... path) throws FsException {
        try (OpenFile file = fs.open(ROOT, at(fs, path), writing())) {
            file.write(ROOT, ByteBuffer.wrap(bytes), offset);
        }
    }

    private static Set<OpenOption> writing() {
        return FileSystem.options(OpenOption.READ, OpenOption.WRITE);
    }

    private static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + seed);
        }
        return bytes;
    }

    private static Name name(String text) throws FsException {
        return Name.of(text);
    }

    /** Everything that the tree shows, but for times and what allocation takes. */
    private static String picture(FileSystem fs) throws FsException {
        StringBuilder text = new StringBuilder();
        picture(fs, fs.root(), "", text);
        return text.toString();
    }

    private static void picture(FileSystem fs, Key key, String path, StringBuilder to) throws FsException {
        Attributes shown = fs.getAttributes(key);
        to.append(String.format(
                "%s %s %o %d %d %s %s%n",
                path,
                shown.type(),
                shown.mode(),
                shown.links(),
                shown.type() == FlareType.DIRECTORY ? 0 : shown.size(),
                fs.listXattrs(ROOT, key),
                content(fs, shown)));
        if (shown.type() != FlareType.DIRECTORY) {
            return;
        }
        TreeMap<Name, Key> entries = new TreeMap<>();
        try (OpenDirectory directory = fs.openDirectory(ROOT, key)) {
            long cookie = OpenDirectory.START;
            OpenDirectory.Page page;
            do {
                page = directory.list(cookie, 3, false);
                for (OpenDirectory.Entry entry : page.entries()) {
                    entries.put(entry.name(), entry.flare());
                    cookie = entry.cookie();
                }
            } while (!page.end());
        }
        for (Name name : entries.keySet()) {
            picture(fs, entries.get(name), path + "/" + name, to);
        }
    }

    private static String content(FileSystem fs, Attributes shown) throws FsException {
        if (shown.type() == FlareType.DIRECTORY) {
            return fs.getAcl(shown.key(), Acl.Kind.DEFAULT).toString();
        }
        if (shown.type() != FlareType.FILE) {
            return "";
        }
        try (OpenFile file = fs.open(ROOT, shown.key(), FileSystem.options(OpenOption.READ))) {
            ByteBuffer buffer = ByteBuffer.allocate((int) shown.size() + 1);
            file.read(buffer, 0);
            return buffer.position() + ":" + Arrays.hashCode(Arrays.copyOf(buffer.array(), buffer.position()));
        }
    }
}
