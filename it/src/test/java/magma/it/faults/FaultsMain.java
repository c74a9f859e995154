package magma.it.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rounds of faults; {@code scripts/faults} is its command line. */
public final class FaultsMain {
    private FaultsMain() {}

    /** TOP EVIDENCE COMMIT FIRST-SEED ROUNDS KIND...: in an empty directory; the result is appended to a file. Exit status 1 where anything was not as it must be. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path top = Path.of(arguments[0]).toRealPath();
        Path file = Path.of(arguments[1]);
        String commit = arguments[2];
        long seed = Long.parseLong(arguments[3]);
        int rounds = Integer.parseInt(arguments[4]);
        List<Fault> kinds = new ArrayList<>();
        for (String kind : List.of(arguments).subList(5, arguments.length)) {
            kinds.add(Fault.valueOf(kind.toUpperCase(Locale.ROOT)));
        }
        long began = System.nanoTime();
        Lab lab = Lab.make(top);
        Thread ending = new Thread(() -> end(lab));
        Runtime.getRuntime().addShutdownHook(ending);
        long unused = lab.awaitWhole(0);
        System.out.printf("network up after %.1f s%n", (System.nanoTime() - began) / 1e9);
        boolean clean = true;
        Registers registers = new Registers();
        List<String> rows = new ArrayList<>();
        for (Fault kind : kinds) {
            Evidence evidence = new Evidence(kind, seed);
            boolean goesOn = true;
            for (int round = 0; round < rounds && goesOn; round++) {
                goesOn = run(lab, kind, registers, seed++, evidence);
            }
            evidence.append(file, commit);
            rows.add(evidence.row(commit));
            clean &= evidence.isClean();
            if (!goesOn) {
                break;
            }
        }
        rows.forEach(System.out::print);
        System.out.println(clean ? "clean" : "NOT CLEAN; logs in " + top);
        Runtime.getRuntime().removeShutdownHook(ending);
        lab.close();
        System.exit(clean ? 0 : 1);
    }

    /** @return whether the network can be used on */
    private static boolean run(Lab lab, Fault kind, Registers registers, long seed, Evidence evidence)
            throws InterruptedException {
        long began = System.nanoTime();
        System.out.printf("%s, seed %d%n", kind.name().toLowerCase(Locale.ROOT), seed);
        try {
            Round.Result result = new Round(lab, kind, registers, seed, System.out).run();
            evidence.add(result);
            result.problems().forEach(problem -> System.out.println("  PROBLEM " + problem));
            System.out.printf("  round took %.1f s%n", (System.nanoTime() - began) / 1e9);
            return true;
        } catch (IOException e) {
            evidence.addBroken();
            System.out.println("  BROKEN " + e);
            dumpThreads(lab);
            return false;
        }
    }

    private static void dumpThreads(Lab lab) throws InterruptedException {
        try {
            lab.dumpThreads();
            System.out.println("  what the threads of all vulcanos were at is in their logs");
        } catch (IOException e) {
            System.out.println("  the threads could not be looked at: " + e);
        }
    }

    private static void end(Lab lab) {
        try {
            lab.close();
        } catch (IOException | InterruptedException e) {
            System.err.println("faults: not all was taken away: " + e);
        }
    }
}
