package magma.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A network of vulcanos, each a process with a data directory of its own in one temporary directory. The first one founds it, the others join by invitation; each keeps its
 * address when it is started again. All of them are killed at the end.
 */
public final class LavaNetwork implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_MINUTES = 3;
    private static final long LOOK_MILLIS = 50;

    private final Plan plan;
    private final List<LavaVulcano> vulcanos = new ArrayList<>();

    /**
     * How a network is made.
     *
     * @param top where all that is made goes: {@code data-N}, {@code mount-N}, {@code vulcano-N.log}, {@code config}
     * @param listen HOST:PORT of each vulcano, the first is 0; a port of 0 takes any
     * @param prefix words before each vulcano's command, such as {@code ip netns exec NAME}
     * @param options more options of each vulcano's start, such as {@code --mount DIR}
     */
    public record Plan(
            Path top, IntFunction<String> listen, IntFunction<List<String>> prefix, IntFunction<List<String>> options) {
        /** On loopback, mounted nowhere. */
        public static Plan in(Path top) {
            return new Plan(top, number -> "127.0.0.1:0", number -> List.of(), number -> List.of());
        }

        /** Each vulcano of {@code numbers} mounts at {@link LavaVulcano#mount}. */
        public Plan mountedAt(Integer... numbers) {
            List<Integer> mounting = List.of(numbers);
            return new Plan(
                    top,
                    listen,
                    prefix,
                    number -> mounting.contains(number)
                            ? List.of("--mount", top.resolve("mount-" + number).toString())
                            : List.of());
        }

        /** What the environment of all commands has beside that of this process: identities are kept apart from those of the user. */
        public Map<String, String> environment() {
            return Map.of("MAGMA_CONFIG", top.resolve("config").toString());
        }
    }

    private LavaNetwork(Plan plan) {
        this.plan = plan;
    }

    /** Starts {@code count} vulcanos, and returns when every slice is on three of them (or on all, where they are fewer) and every vulcano leads some. */
    public static LavaNetwork start(Plan plan, int count) throws IOException, InterruptedException {
        LavaNetwork network = new LavaNetwork(plan);
        try {
            for (int number = 0; number < count; number++) {
                LavaVulcano unused = network.add();
            }
            JsonNode unused = network.awaitWhole();
            return network;
        } catch (IOException | InterruptedException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** A network whose data directories are there; none of its vulcanos runs. */
    static LavaNetwork of(Plan plan, int count) {
        LavaNetwork network = new LavaNetwork(plan);
        for (int number = 0; number < count; number++) {
            network.vulcanos.add(new LavaVulcano(plan, number));
        }
        return network;
    }

    /** One more vulcano, which is ready on return. */
    public LavaVulcano add() throws IOException, InterruptedException {
        int number = vulcanos.size();
        LavaVulcano vulcano = new LavaVulcano(plan, number);
        vulcanos.add(vulcano);
        vulcano.begin(number == 0 ? List.of("--create") : List.of("--token", invite()));
        vulcano.awaitReady();
        return vulcano;
    }

    private String invite() throws IOException, InterruptedException {
        return demand("invite", "--data", running().data().toString()).strip();
    }

    /** What commands against this network have in their environment. */
    Map<String, String> environment() {
        return plan.environment();
    }

    public LavaVulcano vulcano(int number) {
        return vulcanos.get(number);
    }

    public List<LavaVulcano> vulcanos() {
        return List.copyOf(vulcanos);
    }

    /** Any that runs. */
    public LavaVulcano running() {
        return vulcanos.stream()
                .filter(LavaVulcano::isRunning)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no vulcano runs"));
    }

    /** What {@code magma lava --json} says at one that runs. */
    public JsonNode lava() throws IOException, InterruptedException {
        return lava(running());
    }

    /** What {@code magma lava --json} says at one of them. */
    public JsonNode lava(LavaVulcano at) throws IOException, InterruptedException {
        return JSON.readTree(demand("lava", "--json", "--data", at.data().toString()));
    }

    /** What the table says of one of the vulcanos. */
    public static JsonNode of(JsonNode lava, LavaVulcano vulcano) throws IOException {
        String address = vulcano.address();
        for (JsonNode each : lava.get("vulcanos")) {
            if (each.get("address").asText().equals(address)) {
                return each;
            }
        }
        throw new IllegalStateException("no vulcano at " + address + " in " + lava);
    }

    /** Waits until nothing is behind, every vulcano is up and leads, and three decide where there are three: any one may be lost. @return what the table says then */
    public JsonNode awaitWhole() throws IOException, InterruptedException {
        return await(this::isWhole);
    }

    /** Waits until every vulcano is up and nothing is behind, whoever leads. @return what the table says then */
    public JsonNode awaitInSync() throws IOException, InterruptedException {
        return await(lava -> holdsAll(lava, 0));
    }

    private boolean isWhole(JsonNode lava) {
        return holdsAll(lava, lava.get("slices").asInt() / vulcanos.size() / 2)
                && (vulcanos.size() < 3 || voters(lava) >= 3);
    }

    private static long voters(JsonNode lava) {
        return voters(StreamSupport.stream(lava.get("vulcanos").spliterator(), false)
                .map(each -> each.get("council").asText()));
    }

    /**
     * How many decide.
     *
     * @param councils what the table of vulcanos says of each one's part in the council
     */
    public static long voters(Stream<String> councils) {
        return councils.filter(List.of("voter", "leader")::contains).count();
    }

    /** @param leading how many slices each must lead at least */
    private boolean holdsAll(JsonNode lava, int leading) {
        int slices = lava.get("slices").asInt();
        int copies = Math.min(3, vulcanos.size());
        int held = 0;
        for (JsonNode each : lava.get("vulcanos")) {
            held += each.get("primaries").asInt() + each.get("backups").asInt();
            if (!each.get("state").asText().equals("up")
                    || each.get("behind").asInt() > 0
                    || each.get("primaries").asInt() < leading) {
                return false;
            }
        }
        return held == slices * copies && lava.get("vulcanos").size() == vulcanos.size();
    }

    /** Waits until the table is as wanted. @throws IOException when it is not for minutes */
    public JsonNode await(Predicate<JsonNode> wanted) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        JsonNode lava = lava();
        while (!wanted.test(lava)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("still " + lava.toPrettyString());
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            lava = lava();
        }
        return lava;
    }

    /** Runs a command against the network, and demands that it ends well. @return what it printed */
    public String demand(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(plan.top(), "command", ".out");
        Path err = Files.createTempFile(plan.top(), "command", ".err");
        try {
            List<String> words =
                    new ArrayList<>(List.of(Magma.HOME.resolve("magma").toString()));
            words.addAll(List.of(arguments));
            Process process = builder(plan, List.of(), words)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException("magma " + String.join(" ", arguments) + " did not end");
            }
            if (process.exitValue() != 0) {
                throw new IOException("magma " + String.join(" ", arguments) + " ended with " + process.exitValue()
                        + ": " + Files.readString(out) + Files.readString(err));
            }
            return Files.readString(out);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    static ProcessBuilder builder(Plan plan, List<String> prefix, List<String> words) {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(words);
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(plan.environment());
        return builder;
    }

    /** Stops all at once, in order. @return the exit status of each, by number */
    public Map<Integer, Integer> stopAll() throws IOException, InterruptedException {
        vulcanos.stream().filter(LavaVulcano::isRunning).forEach(LavaVulcano::askToStop);
        Map<Integer, Integer> ended = new LinkedHashMap<>();
        for (LavaVulcano vulcano : vulcanos) {
            if (vulcano.hasBegun()) {
                ended.put(vulcanos.indexOf(vulcano), vulcano.awaitEnd());
            }
        }
        return ended;
    }

    /** Begins those again that do not run, in the given order, and waits until all of them are ready: the council needs most of them. */
    public void startAgain(LavaVulcano... order) throws IOException, InterruptedException {
        for (LavaVulcano vulcano : order) {
            vulcano.begin(List.of());
        }
        for (LavaVulcano vulcano : order) {
            vulcano.awaitReady();
        }
    }

    /** Kills what still runs, and takes its mounts away. */
    @Override
    public void close() {
        vulcanos.forEach(LavaVulcano::kill);
        for (LavaVulcano vulcano : vulcanos) {
            vulcano.takeMountAway();
        }
    }

    static @Nullable String after(List<String> words, String option) {
        int at = words.indexOf(option);
        return at < 0 ? null : words.get(at + 1);
    }
}
