package magma.shell;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import magma.vulcano.Vulcano;
import magma.vulcano.VulcanoSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each verb prints, and how it exits, as docs/operations.md says. */
class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "start",
                "stop",
                "status",
                "mount",
                "umount",
                "fsck",
                "storage",
                "storage check",
                "storage scrub",
                "storage rebuild",
                "council restore",
                "expel",
                "members",
                "join",
                "authority export",
                "authority import",
                "version"
            })
    void everyVerbExplainsItselfWithExamples(String verb) {
        String[] words = (verb + " --help").split(" ", -1);
        assertThat(run(words)).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("Usage: magma " + verb, "Examples:", "  magma " + verb.split(" ", -1)[0]);
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void withoutAVerbItSaysWhichThereAre() {
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("demo", "start", "storage", "magma demo");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bogus",
                "start",
                "start --data",
                "start --data /tmp --listen",
                "start --data /tmp --bogus",
                "mount 127.0.0.1:1",
                "mount",
                "umount",
                "storage",
                "storage bogus /tmp",
                "storage check",
                "stop --wait soon",
                "status --connect nowhere",
                "status --connect 192.0.2.1:4610",
                "status --connect 127.0.0.1:1 --data /tmp",
                "demo --batch /no/such/file"
            })
    void whatIsNotWrittenAsItMustBeIsAUsageError(String line) {
        assertThat(run(line.split(" ", -1))).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).startsWith("magma: ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void addressesThatAreNotLoopbackAreRefusedWithTheReason() {
        int status = run("start", "--data", top.toString(), "--create", "--alone", "--listen", "0.0.0.0:4610");
        assertThat(status).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("not a loopback address", "no identities", "127.0.0.1");
        assertThat(top).isEmptyDirectory();
    }

    @Test
    void anAddressThatOthersCannotFindIsRefusedWithTheReason() {
        int status = run("start", "--data", top.toString(), "--create", "--listen", "0.0.0.0:4610");
        assertThat(status).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("name an address of this machine");
        assertThat(top).isEmptyDirectory();
    }

    @ParameterizedTest
    @CsvSource({
        "status --connect 127.0.0.1:1, no vulcano answers at 127.0.0.1:1",
        "stop --connect 127.0.0.1:1, no vulcano answers at 127.0.0.1:1",
        "fsck --connect 127.0.0.1:1, no vulcano answers at 127.0.0.1:1",
        "status --data /no/such, no vulcano runs on /no/such",
        "stop --data /no/such, no vulcano runs on /no/such"
    })
    void whereNoVulcanoAnswersTheExitCodeSaysSo(String line, String reason) {
        assertThat(run(line.split(" ", -1))).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.toString()).contains(reason);
    }

    @Test
    void anEmptyOrMissingDirectoryIsRefusedWithoutCreate() {
        for (Path data : new Path[] {top, top.resolve("missing")}) {
            for (String[] more : new String[][] {{}, {"--daemon"}}) {
                String[] words = {"start", "--data", data.toString(), "--listen", "127.0.0.1:0"};
                String[] all = java.util.stream.Stream.of(words, more)
                        .flatMap(java.util.Arrays::stream)
                        .toArray(String[]::new);
                assertThat(run(all)).isEqualTo(ExitCode.REFUSED);
                assertThat(err.toString()).contains("mount it first", "--create");
            }
        }
        assertThat(top).isEmptyDirectory();
    }

    @Test
    void createIsRefusedWhereThereIsAnything() throws IOException {
        Files.writeString(top.resolve("precious"), "mine");
        assertThat(run("start", "--data", top.toString(), "--create")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("is not empty");
        assertThat(top.resolve("precious")).hasContent("mine");
        assertThat(run("start", "--data", top.toString())).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("no data directory");
    }

    @Test
    void aNetworkOfALaterFormatIsRefused() throws IOException {
        Files.writeString(top.resolve("network"), "magma-data 99\n");
        assertThat(run("start", "--data", top.toString())).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("format 99", "Use that Magma or a later one");
    }

    @Test
    void aDamagedNetworkFileIsRefused() throws IOException {
        Files.writeString(top.resolve("network"), "magma-data 1\nnetwork nonsense\n");
        assertThat(run("fsck", "--data", top.toString())).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("is damaged", "backup");
    }

    @Test
    void versionHasADocumentedShape() throws IOException {
        assertThat(run("version", "--json")).isEqualTo(ExitCode.OK);
        assertThat(json().fieldNames()).toIterable().containsExactly("version", "java");
        assertThat(run("version")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).startsWith("magma ").contains("Java ");
    }

    @Test
    void unmountingWhatIsNotMountedFails() {
        assertThat(run("umount", top.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("No Magma is mounted on");
    }

    @Test
    void aVulcanoThatRunsIsShownCheckedAndStopped() throws Exception {
        Path data = top.resolve("data");
        VulcanoSettings settings = VulcanoSettings.of(data, true, "test", "127.0.0.1:0", null);
        try (Vulcano vulcano = Vulcano.start(settings)) {
            assertThat(run("status", "--connect", vulcano.address(), "--json")).isEqualTo(ExitCode.OK);
            assertThat(json().fieldNames())
                    .toIterable()
                    .containsExactly(
                            "network",
                            "version",
                            "pid",
                            "uptimeSeconds",
                            "listen",
                            "data",
                            "flares",
                            "space",
                            "slices",
                            "sessions",
                            "mounts");
            assertThat(json().at("/network/name").asText()).isEqualTo("test");
            assertThat(json().at("/slices").size()).isEqualTo(64);
            assertThat(json().at("/slices/0").fieldNames())
                    .toIterable()
                    .containsExactly("id", "first", "last", "epoch", "role");

            assertThat(run("status", "--data", data.toString())).isEqualTo(ExitCode.OK);
            assertThat(out.toString()).contains("network   test", vulcano.address(), "slices    64");

            assertThat(run("fsck", "--data", data.toString(), "--json")).isEqualTo(ExitCode.OK);
            assertThat(json().fieldNames())
                    .toIterable()
                    .containsExactly("clean", "checked", "problemCount", "problems", "unfinished");
            assertThat(json().at("/clean").asBoolean()).isTrue();

            assertThat(run("start", "--data", data.toString())).isEqualTo(ExitCode.REFUSED);
            assertThat(err.toString()).contains("already runs", "magma stop --data");
            assertThat(run("storage", "check", data.toString())).isEqualTo(ExitCode.REFUSED);

            Path other = top.resolve("other");
            int taken = run("start", "--data", other.toString(), "--create", "--alone", "--listen", vulcano.address());
            assertThat(taken).isEqualTo(ExitCode.REFUSED);
            assertThat(err.toString()).contains("cannot listen on", "--listen");
        }
        assertThat(data.resolve("vulcano.pid")).doesNotExist();
        assertThat(run("fsck", "--data", data.toString())).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).contains("clean");
        assertThat(run("storage", "check", data.toString(), "--json")).isEqualTo(ExitCode.OK);
        assertThat(json().fieldNames())
                .toIterable()
                .containsExactly(
                        "clean",
                        "segments",
                        "logBytes",
                        "records",
                        "values",
                        "chunks",
                        "contentBytes",
                        "verifiedBytes",
                        "tornBytes",
                        "problems");
    }

    @Test
    void figuresAreReadable() {
        assertThat(Texts.bytes(1023)).isEqualTo("1023 B");
        assertThat(Texts.bytes(1536)).isEqualTo("1.5 KiB");
        assertThat(Texts.bytes(Long.MAX_VALUE)).isEqualTo("8.0 EiB");
        assertThat(Texts.time(Duration.ofMillis(800))).isEqualTo("0.8 s");
        assertThat(Texts.time(Duration.ofSeconds(245))).isEqualTo("4 min 5 s");
        assertThat(Texts.time(Duration.ofHours(76))).isEqualTo("3 d 4 h");
    }
}
