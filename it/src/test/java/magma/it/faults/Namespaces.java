package magma.it.faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One network namespace for each vulcano, all on one bridge; the clients are where this process is. Needs root. */
final class Namespaces {
    private static final String BRIDGE = "magmafaults";
    private static final String NET = "10.213.77.";
    private static final int FIRST_HOST = 10;

    private final int count;

    private Namespaces(int count) {
        this.count = count;
    }

    static Namespaces make(int count) throws IOException, InterruptedException {
        Namespaces made = new Namespaces(count);
        made.close();
        try {
            ip("link", "add", BRIDGE, "type", "bridge");
            ip("addr", "add", NET + "1/24", "dev", BRIDGE);
            ip("link", "set", BRIDGE, "up");
            for (int slot = 0; slot < count; slot++) {
                made.add(slot);
            }
            return made;
        } catch (IOException | InterruptedException e) {
            made.close();
            throw e;
        }
    }

    private void add(int slot) throws IOException, InterruptedException {
        String space = space(slot);
        ip("netns", "add", space);
        ip("link", "add", link(slot), "type", "veth", "peer", "name", "eth0", "netns", space);
        ip("link", "set", link(slot), "master", BRIDGE, "up");
        ip("-n", space, "addr", "add", host(slot) + "/24", "dev", "eth0");
        ip("-n", space, "link", "set", "eth0", "up");
        ip("-n", space, "link", "set", "lo", "up");
    }

    private static String space(int slot) {
        return BRIDGE + slot;
    }

    private static String link(int slot) {
        return "mgfault" + slot;
    }

    static String host(int slot) {
        return NET + (FIRST_HOST + slot);
    }

    /** Words before a command that is to run there. */
    static List<String> prefix(int slot) {
        return List.of("ip", "netns", "exec", space(slot));
    }

    /** From now on nothing that {@code from} sends reaches {@code to}. */
    void block(int from, int to) throws IOException, InterruptedException {
        ip("-n", space(from), "route", "add", "blackhole", host(to) + "/32");
    }

    void unblock(int from, int to) throws IOException, InterruptedException {
        ip("-n", space(from), "route", "del", "blackhole", host(to) + "/32");
    }

    /** Clients are cut off too. */
    void unplug(int slot) throws IOException, InterruptedException {
        ip("link", "set", link(slot), "down");
    }

    void plug(int slot) throws IOException, InterruptedException {
        ip("link", "set", link(slot), "up");
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        Commands.demand(Commands.words("ip", arguments));
    }

    /** Takes all away, also what an earlier run has left. */
    public void close() throws IOException, InterruptedException {
        for (int slot = 0; slot < count; slot++) {
            Commands.run(List.of("ip", "link", "del", link(slot)));
            Commands.run(List.of("ip", "netns", "del", space(slot)));
        }
        Commands.run(List.of("ip", "link", "del", BRIDGE));
    }

    /** Commands of the system. */
    static final class Commands {
        private Commands() {}

        static List<String> words(String program, String... arguments) {
            List<String> words = new java.util.ArrayList<>(List.of(program));
            words.addAll(List.of(arguments));
            return words;
        }

        /** @return what it said when it failed; empty when it did not */
        static String run(List<String> words) throws IOException, InterruptedException {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                return "it does not end";
            }
            return process.exitValue() == 0 ? "" : said.isBlank() ? "exit status " + process.exitValue() : said.strip();
        }

        static void demand(List<String> words) throws IOException, InterruptedException {
            String failure = run(words);
            if (!failure.isEmpty()) {
                throw new IOException(String.join(" ", words) + ": " + failure);
            }
        }
    }
}
