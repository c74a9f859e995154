package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs against real processes and mounts. */
class CommandIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    @SuppressWarnings("NullAway.Init")
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private Path mount;

    @BeforeEach
    void makeDirectories() throws IOException {
        top = top.toRealPath();
        data = top.resolve("data");
        mount = Files.createDirectory(top.resolve("mnt"));
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        Magma.Ended stopped = Magma.run("stop", "--data", data.toString());
        assertThat(stopped.status()).isIn(0, 3);
        while (Magma.isMounted(mount)) {
            Magma.Ended unused = Magma.run("umount", "--lazy", mount.toString());
        }
    }

    @Test
    void oneProcessServesAndMounts() throws Exception {
        String said = Magma.demand(
                "start",
                "--data",
                data.toString(),
                "--create",
                "--listen",
                "127.0.0.1:0",
                "--mount",
                mount.toString(),
                "--daemon");
        assertThat(said).contains("Ready on 127.0.0.1:", mount.toString());
        Files.writeString(mount.resolve("file"), "content");
        ProcessHandle vulcano = Magma.vulcano(data);
        String stopped = Magma.demand("stop", "--data", data.toString());
        assertThat(stopped).contains("Stopped");
        assertThat(vulcano.isAlive()).isFalse();
        assertThat(Magma.isMounted(mount)).isFalse();
        assertThat(data.resolve("vulcano.pid")).doesNotExist();

        startAgain("127.0.0.1:0", "--mount", mount.toString());
        assertThat(mount.resolve("file")).hasContent("content");
        assertThat(Magma.demand("fsck", "--data", data.toString())).contains("clean");
    }

    @Test
    void sigtermEndsAMountingVulcanoInOrder() throws Exception {
        create("--mount", mount.toString());
        Files.writeString(mount.resolve("file"), "content");
        ProcessHandle vulcano = Magma.vulcano(data);
        assertThat(vulcano.destroy()).isTrue();
        assertThat(vulcano.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        assertThat(Magma.isMounted(mount)).isFalse();
        assertThat(data.resolve("vulcano.pid")).doesNotExist();
        assertThat(Files.readString(data.resolve("vulcano.log"))).contains("Stopped");
    }

    @Test
    void aMountInAProcessOfItsOwnFindsItsVulcanoAgainAfterAKill() throws Exception {
        create();
        String address = Magma.address(data);
        Path pid = top.resolve("mount.pid");
        String said = Magma.demand("mount", "--daemon", "--pid-file", pid.toString(), address, mount.toString());
        assertThat(said).contains("Mounted " + address);
        Files.createDirectories(mount.resolve("a/b"));
        Files.writeString(mount.resolve("a/b/file"), "kept");

        ProcessHandle vulcano = Magma.vulcano(data);
        assertThat(vulcano.destroyForcibly()).isTrue();
        assertThat(vulcano.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        startAgain(address);
        assertThat(mount.resolve("a/b/file")).hasContent("kept");
        Files.writeString(mount.resolve("a/b/later"), "works again");
        assertThat(Magma.demand("status", "--connect", address)).contains("fuse " + mount);
        assertThat(Magma.demand("fsck", "--connect", address)).contains("clean");

        ProcessHandle process =
                ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
        String unmounted = Magma.demand("umount", mount.toString());
        assertThat(unmounted).isEmpty();
        assertThat(process.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        assertThat(mount).isEmptyDirectory();
    }

    @Test
    void twoMountsSeeEachOthersChanges() throws Exception {
        create();
        Path second = Files.createDirectory(top.resolve("second"));
        String address = Magma.address(data);
        String first = Magma.demand("mount", "--daemon", address, mount.toString());
        String other = Magma.demand("mount", "--daemon", address, second.toString());
        assertThat(first + other).contains(mount.toString(), second.toString());
        try {
            for (int i = 0; i < 30; i++) {
                String content = "version " + i;
                Files.writeString(mount.resolve("file"), content);
                awaitContent(second.resolve("file"), content);
                Files.move(mount.resolve("file"), mount.resolve("moved"));
                awaitContent(second.resolve("moved"), content);
                awaitAbsence(second.resolve("file"));
                Files.move(second.resolve("moved"), second.resolve("file"));
                awaitContent(mount.resolve("file"), content);
            }
        } finally {
            String unmounted = Magma.demand("umount", second.toString());
            assertThat(unmounted).isEmpty();
        }
    }

    @Test
    void aStaleMountIsTakenAwayByTheNextStart() throws Exception {
        create("--mount", mount.toString());
        ProcessHandle vulcano = Magma.vulcano(data);
        assertThat(vulcano.destroyForcibly()).isTrue();
        assertThat(vulcano.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        startAgain("127.0.0.1:0", "--mount", mount.toString());
        Files.writeString(mount.resolve("file"), "content");
        assertThat(mount.resolve("file")).hasContent("content");
    }

    @Test
    void aCheckAfterAKillChangesNoByte() throws Exception {
        create("--mount", mount.toString());
        Files.writeString(mount.resolve("file"), "content");
        ProcessHandle vulcano = Magma.vulcano(data);
        assertThat(vulcano.destroyForcibly()).isTrue();
        assertThat(vulcano.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        Map<Path, String> before = everything(data);
        assertThat(Magma.demand("fsck", "--data", data.toString())).contains("1 files", "clean");
        assertThat(Magma.demand("storage", "scrub", data.toString())).isNotEmpty();
        assertThat(everything(data)).isEqualTo(before);
    }

    private static Map<Path, String> everything(Path directory) throws IOException {
        Map<Path, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                String bytes = Files.isDirectory(file) ? "" : HexFormat.of().formatHex(Files.readAllBytes(file));
                found.put(file, Files.getLastModifiedTime(file) + " " + bytes);
            }
        }
        return found;
    }

    @Test
    void aCreationThatWasKilledIsMadeAnew() throws Exception {
        Path log = top.resolve("start.log");
        Process creation =
                Magma.start(log, log, "start", "--data", data.toString(), "--create", "--listen", "127.0.0.1:0");
        while (creation.isAlive() && !Files.exists(data.resolve("creating"))) {
            Thread.onSpinWait();
        }
        creation.descendants().forEach(ProcessHandle::destroyForcibly);
        creation.destroyForcibly();
        assertThat(creation.waitFor(60, TimeUnit.SECONDS)).isTrue();
        if (Files.exists(data.resolve("network"))) {
            startAgain("127.0.0.1:0", "--mount", mount.toString());
        } else {
            Magma.Ended refused = Magma.run("start", "--data", data.toString(), "--listen", "127.0.0.1:0");
            assertThat(refused.status()).isEqualTo(4);
            assertThat(refused.err()).contains("was not finished", "--create");
            String said = Magma.demand(
                    "start",
                    "--data",
                    data.toString(),
                    "--create",
                    "--listen",
                    "127.0.0.1:0",
                    "--mount",
                    mount.toString(),
                    "--daemon");
            assertThat(said).contains("was not finished", "made anew", "Ready on");
        }
        Files.writeString(mount.resolve("file"), "content");
        assertThat(mount.resolve("file")).hasContent("content");
        assertThat(data.resolve("creating")).doesNotExist();
    }

    @Test
    void whatABackgroundStartRefusesIsSaidByTheOneWhoAsked() throws Exception {
        create();
        Magma.Ended again = Magma.run("start", "--data", data.toString(), "--daemon", "--listen", "127.0.0.1:0");
        assertThat(again.status()).isEqualTo(4);
        assertThat(again.err()).contains("already runs");
        Path other = top.resolve("other");
        Magma.Ended taken =
                Magma.run("start", "--data", other.toString(), "--create", "--daemon", "--listen", Magma.address(data));
        assertThat(taken.status()).isEqualTo(4);
        assertThat(taken.err()).contains("cannot listen on");
    }

    @Test
    void theLauncherWorksThroughSymlinksAndFromAnywhere() throws Exception {
        Path link = Files.createSymbolicLink(
                top.resolve("m"),
                Path.of(System.getProperty("magma.home", "..")).toRealPath().resolve("magma"));
        Process process = new ProcessBuilder(link.toString(), "version")
                .directory(mount.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        assertThat(new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .startsWith("magma ");
    }

    /** The kernel forgets on a thread of the front end's own: soon after the call that made the change, long before its hour is over. */
    private static void awaitContent(Path file, String content) throws IOException, InterruptedException {
        for (int tries = 0;
                tries < 200 && !(Files.exists(file) && Files.readString(file).equals(content));
                tries++) {
            Thread.sleep(50);
        }
        assertThat(file).hasContent(content);
    }

    private static void awaitAbsence(Path file) throws InterruptedException {
        for (int tries = 0; tries < 200 && Files.exists(file); tries++) {
            Thread.sleep(50);
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void verbsAndMountsActByTheIdentityThatTheyAreGiven() throws Exception {
        create();
        String address = Magma.address(data);
        Path identity = top.resolve("backup.pem");
        String token = Magma.demand("invite", "--connect", address, "--client", "backup")
                .strip();
        Magma.demand("join", "--token", token, "--identity", identity.toString());
        Magma.demand("status", "--connect", address, "--identity", identity.toString());
        Magma.Ended refused = Magma.run("invite", "--connect", address, "--identity", identity.toString());
        assertThat(refused.status()).isNotZero();
        assertThat(refused.err()).contains("client backup");
        Magma.demand("mount", "--daemon", "--identity", identity.toString(), address, mount.toString());
        Files.writeString(mount.resolve("file"), "content");
        assertThat(Magma.demand("status", "--connect", address)).contains("client backup");
        Magma.demand("umount", mount.toString());
    }

    private void create(String... more) throws Exception {
        start(new String[] {"--create", "--listen", "127.0.0.1:0"}, more);
    }

    private void startAgain(String address, String... more) throws Exception {
        start(new String[] {"--listen", address}, more);
    }

    private void start(String[] options, String[] more) throws Exception {
        String[] words = {"start", "--data", data.toString(), "--daemon"};
        String said = Magma.demand(java.util.stream.Stream.of(words, options, more)
                .flatMap(java.util.Arrays::stream)
                .toArray(String[]::new));
        assertThat(said).contains("Ready on");
    }
}
