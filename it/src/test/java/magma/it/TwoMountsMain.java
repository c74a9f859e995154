package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Transactions on one SQLite database from two mounts on two vulcanos, at length; {@code scripts/twomounts} is its command line. */
public final class TwoMountsMain {
    private static final String HEAD =
            "date\tcommit\trounds\ttransactions of each mount\tkills\tacknowledged\tproblems\ttransactions per s\n";
    private static final long PATIENCE_MINUTES = 120;
    private static final long BETWEEN_KILLS_MILLIS = 5_000;

    private final Path top;
    private final TwoMounts mounts;
    private final int transactions;
    private final boolean kill;
    private final List<String> problems = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private int kills;
    private double seconds;

    private TwoMountsMain(Path top, TwoMounts mounts, int transactions, boolean kill) {
        this.top = top;
        this.mounts = mounts;
        this.transactions = transactions;
        this.kill = kill;
    }

    /** TOP EVIDENCE COMMIT TRANSACTIONS ROUNDS KILL: in an empty directory; the result is appended to a file. Exit status 1 where anything was not as it must be. */
    public static void main(String[] arguments) throws Exception {
        Path top = Path.of(arguments[0]).toRealPath();
        int rounds = Integer.parseInt(arguments[4]);
        boolean clean;
        try (TwoMounts mounts = TwoMounts.start(top)) {
            Thread ending = new Thread(() -> end(mounts));
            Runtime.getRuntime().addShutdownHook(ending);
            TwoMountsMain work =
                    new TwoMountsMain(top, mounts, Integer.parseInt(arguments[3]), arguments[5].equals("kill"));
            for (int round = 0; round < rounds && work.problems.isEmpty(); round++) {
                work.round(round);
            }
            work.end();
            work.append(Path.of(arguments[1]), arguments[2], rounds);
            work.problems.forEach(problem -> System.out.println("PROBLEM " + problem));
            System.out.println(work.problems.isEmpty() ? "clean" : "NOT CLEAN; logs in " + top);
            clean = work.problems.isEmpty();
            Runtime.getRuntime().removeShutdownHook(ending);
        }
        System.exit(clean ? 0 : 1);
    }

    private static void end(TwoMounts mounts) {
        try {
            mounts.close();
        } catch (IOException e) {
            System.err.println("twomounts: not all was taken away: " + e);
        }
    }

    private void round(int round) throws Exception {
        SharedDatabase database = new SharedDatabase(top, PATIENCE_MINUTES);
        String name = "round" + round + ".db";
        demand("making", database.make(mounts.first(name)));
        AtomicBoolean over = new AtomicBoolean();
        Thread killer = new Thread(() -> killWhile(over), "killer");
        killer.start();
        long began = System.nanoTime();
        try {
            mounts.onBoth(1, PATIENCE_MINUTES, side -> {
                SharedDatabase.Ended ended = database.transact(mounts.at(side, name), "side" + side, transactions);
                demand("side " + side, ended);
                acknowledged.addAndGet(ended.acknowledged());
            });
        } finally {
            over.set(true);
            killer.join();
        }
        double took = (System.nanoTime() - began) / 1e9;
        seconds += took;
        for (int side = 0; side < 2; side++) {
            SharedDatabase.Ended checked =
                    database.check(mounts.at(side, name), "side0=" + transactions, "side1=" + transactions);
            demand("check on side " + side, checked);
            System.out.printf("check on side %d: %s%n", side, checked.out().strip());
        }
        System.out.printf(
                "round %d: %d transactions from each in %.0f s, %.1f in a second; %d kills%n",
                round, transactions, took, 2 * transactions / took, kills);
    }

    private void demand(String what, SharedDatabase.Ended ended) {
        if (ended.status() != 0) {
            List<String> lines = ended.out().lines().toList();
            problem(what + ": " + String.join("; ", lines.subList(Math.max(0, lines.size() - 5), lines.size())));
        }
    }

    private synchronized void problem(String text) {
        problems.add(text);
    }

    /** One vulcano after the other is killed, and started again, where that is wanted. */
    private void killWhile(AtomicBoolean over) {
        try {
            while (kill && !over.get()) {
                TimeUnit.MILLISECONDS.sleep(BETWEEN_KILLS_MILLIS);
                LavaVulcano victim = mounts.network().vulcano(kills % 3);
                victim.kill();
                kills++;
                victim.start();
                var unused = mounts.network().awaitInSync();
            }
        } catch (IOException e) {
            problem("after " + kills + " kills: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() throws IOException, InterruptedException {
        problems.addAll(mounts.unmount());
        LavaNetwork network = mounts.network();
        try {
            var unused = network.awaitInSync();
            String data = network.running().data().toString();
            String names = network.demand("fsck", "--data", data);
            String replicas = network.demand("fsck", "--replicas", "--data", data);
            if (!names.contains("clean") || !replicas.contains("clean")) {
                problem(names + replicas);
            }
        } catch (IOException e) {
            problem(String.valueOf(e.getMessage()));
        }
    }

    private void append(Path file, String commit, int rounds) throws IOException {
        if (!Files.exists(file)) {
            Files.writeString(file, HEAD);
        }
        String row = String.format(
                Locale.ROOT,
                "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.1f\n",
                LocalDate.now(ZoneOffset.UTC),
                commit,
                rounds,
                transactions,
                kills,
                acknowledged.get(),
                problems.size(),
                seconds == 0 ? 0 : acknowledged.get() / seconds);
        Files.writeString(file, row, StandardOpenOption.APPEND);
        System.out.print(row);
    }
}
