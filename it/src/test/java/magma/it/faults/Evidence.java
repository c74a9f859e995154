package magma.it.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What all rounds of one kind came to, as a row of docs/evidence/faults.tsv. */
final class Evidence {
    private static final String HEAD =
            "date\tcommit\tkind\tfirst seed\trounds\tacknowledged\tlost\tnot linearizable\tdiffering replicas\tother problems\tstall median s\tstall max s\tredundancy median s\tredundancy max s\n";

    private final Fault fault;
    private final long firstSeed;
    private final List<Round.Result> results = new ArrayList<>();
    private int broken;

    Evidence(Fault fault, long firstSeed) {
        this.fault = fault;
        this.firstSeed = firstSeed;
    }

    void add(Round.Result result) {
        results.add(result);
    }

    /** A round that did not come to its end. */
    void addBroken() {
        broken++;
    }

    boolean isClean() {
        return broken == 0
                && results.stream().allMatch(result -> result.problems().isEmpty());
    }

    String row(String commit) {
        long lost = results.stream().mapToLong(Round.Result::lost).sum();
        long wrong = results.stream().mapToLong(Round.Result::wrong).sum();
        long differing = results.stream().mapToLong(Round.Result::differing).sum();
        long all = broken + results.stream().mapToLong(r -> r.problems().size()).sum();
        return String.format(
                Locale.ROOT,
                "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\n",
                LocalDate.now(ZoneOffset.UTC),
                commit,
                fault.name().toLowerCase(Locale.ROOT),
                firstSeed,
                results.size() + broken,
                results.stream().mapToLong(Round.Result::acknowledged).sum(),
                lost,
                wrong,
                differing,
                Math.max(0, all - lost - wrong - differing),
                at(results.stream().map(Round.Result::stall).toList(), 0.5),
                at(results.stream().map(Round.Result::stall).toList(), 1),
                at(results.stream().map(Round.Result::redundancy).toList(), 0.5),
                at(results.stream().map(Round.Result::redundancy).toList(), 1));
    }

    private static double at(List<Double> values, double share) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1, share * sorted.size()));
    }

    void append(Path file, String commit) throws IOException {
        java.nio.file.Files.createDirectories(file.getParent());
        if (!java.nio.file.Files.exists(file)) {
            java.nio.file.Files.writeString(file, HEAD);
        }
        java.nio.file.Files.writeString(file, row(commit), StandardOpenOption.APPEND);
    }
}
