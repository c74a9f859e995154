package magma.it.faults;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One network namespace for each vulcano, all on one bridge; the clients are where this process is. Needs root. Each lab of this machine has a number, and its names and addresses from that; it is
 * locked while the lab's process lives, so what has the names of a number that is free was left by a lab that is dead.
 */
final class Namespaces {
    private static final int MOST_LABS = 50;
    private static final int FIRST_NET = 100;
    private static final int FIRST_HOST = 10;

    /** Where {@code ip netns} keeps its names, too: who shares those shares these. */
    private static final Path LOCKS = Path.of("/var/run");

    private final int lab;
    private final int count;
    private final FileChannel lock;

    private Namespaces(int lab, int count, FileChannel lock) {
        this.lab = lab;
        this.count = count;
        this.lock = lock;
    }

    /** Whether this machine lets this process make namespaces, and links into them. */
    static boolean isPossible() throws InterruptedException {
        try {
            make(1).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    static Namespaces make(int count) throws IOException, InterruptedException {
        for (int lab = 0; lab < MOST_LABS; lab++) {
            FileChannel channel = FileChannel.open(
                    LOCKS.resolve("magmalab" + lab + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                return make(new Namespaces(lab, count, channel));
            }
            channel.close();
        }
        throw new IOException(MOST_LABS + " labs are at work on this machine");
    }

    private static Namespaces make(Namespaces made) throws IOException, InterruptedException {
        made.takeAway();
        try {
            String bridge = made.name();
            ip("link", "add", bridge, "type", "bridge");
            ip("addr", "add", made.net() + "1/24", "dev", bridge);
            ip("link", "set", bridge, "up");
            for (int slot = 0; slot < made.count; slot++) {
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
        ip("link", "set", link(slot), "master", name(), "up");
        ip("-n", space, "addr", "add", host(slot) + "/24", "dev", "eth0");
        ip("-n", space, "link", "set", "eth0", "up");
        ip("-n", space, "link", "set", "lo", "up");
    }

    /** Of all that this lab has on the machine. */
    String name() {
        return "magmalab" + lab;
    }

    private String net() {
        return "10.213." + (FIRST_NET + lab) + ".";
    }

    private String space(int slot) {
        return name() + "v" + slot;
    }

    private String link(int slot) {
        return "mglab" + lab + "v" + slot;
    }

    String host(int slot) {
        return net() + (FIRST_HOST + slot);
    }

    /** Words before a command that is to run there. */
    List<String> prefix(int slot) {
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

    /** Takes all away, and gives the number back. */
    void close() throws IOException, InterruptedException {
        takeAway();
        lock.close();
    }

    private void takeAway() throws IOException, InterruptedException {
        for (int slot = 0; slot < count; slot++) {
            Commands.run(List.of("ip", "link", "del", link(slot)));
            Commands.run(List.of("ip", "netns", "del", space(slot)));
        }
        Commands.run(List.of("ip", "link", "del", name()));
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
