package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.storage.xodus.StorageTool.Progress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another process appends, flushes and cleans, and is killed at a random moment; what it had acknowledged must be there. */
class KillTest {
    private static final StorageSettings SETTINGS = Small.SETTINGS.withTableBytes(64 << 10);
    private static final int CHUNKS = 8;

    @TempDir
    Path temp;

    /** The process that is killed: says each version that is appended. Each overwrites a chunk, so that there is something to clean. */
    public static void main(String[] args) throws Exception {
        XodusStorage storage = XodusStorage.open(Path.of(args[0]), SETTINGS);
        Version version = storage.tails().getOrDefault(1L, new Version(1, 0)).next();
        while (true) {
            storage.append(new LogRecord(1, version, List.of(mutations(version))), Purpose.GROW);
            storage.commit(1, version);
            System.out.println(version.sequence());
            version = version.next();
        }
    }

    private static Mutation[] mutations(Version version) {
        int number = (int) version.sequence();
        return new Mutation[] {
            new Mutation.Put(
                    Workload.id(1, 1, number % 1000), Integer.toString(number).getBytes(StandardCharsets.US_ASCII)),
            new Mutation.Write(Workload.id(1, 2, number % CHUNKS), 0, 0, ByteBuffer.wrap(content(number)))
        };
    }

    private static byte[] content(int number) {
        byte[] bytes = new byte[3000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatWasAcknowledgedSurvivesAKill() throws Exception {
        Path place = temp.resolve("storage");
        XodusStorage.create(place, SETTINGS).close();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Random random = new Random();
        for (int round = 0; round < 4; round++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-cp",
                            classes,
                            KillTest.class.getName(),
                            place.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            long acknowledged = 0;
            try (BufferedReader said = process.inputReader()) {
                int lines = 500 + random.nextInt(4000);
                for (int i = 0; i < lines; i++) {
                    acknowledged = Long.parseLong(said.readLine());
                }
                process.toHandle().destroyForcibly();
                for (String line = said.readLine(); line != null; line = said.readLine()) {
                    acknowledged = line.isEmpty() ? acknowledged : Math.max(acknowledged, Long.parseLong(line));
                }
            }
            process.waitFor();
            look(place, acknowledged);
        }
    }

    private static void look(Path place, long acknowledged) throws Exception {
        try (XodusStorage storage = XodusStorage.open(place, SETTINGS)) {
            int last = (int) storage.tails().getOrDefault(1L, Version.NONE).sequence();
            assertThat(last).isBetween((int) acknowledged, (int) acknowledged + 2);
            long committed = storage.commits().getOrDefault(1L, Version.NONE).sequence();
            assertThat(committed).isBetween(acknowledged - 1, (long) last);
            Workload.commitAll(storage);
            for (int i = Math.max(1, last - 999); i <= last; i++) {
                assertThat(storage.get(Workload.id(1, 1, i % 1000)))
                        .as("record %d", i)
                        .satisfies(record -> {
                            assertThat(record).isNotNull();
                        });
            }
            for (int i = last - CHUNKS + 1; i <= last; i++) {
                ByteBuffer to = ByteBuffer.allocate(3000);
                storage.readContent(Workload.id(1, 2, i % CHUNKS), 0, to, Visibility.ALL);
                assertThat(to.array()).as("content %d", i).isEqualTo(content(i));
            }
        }
        assertThat(StorageTool.scrub(place, Progress.NONE).problems()).isEmpty();
    }
}
