package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import magma.vulcano.VulcanoClient;
import magma.vulcano.VulcanoClient.Lava;
import magma.vulcano.VulcanoClient.VulcanoOf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "lava",
        description = "Shows the network: its vulcanos, which slices they hold, and how full they are.",
        footer = {"  magma lava", "  magma lava --watch", "  magma lava --json"})
final class LavaVerb extends Verb {
    private static final int ID_LETTERS = 8;

    @Mixin
    private final Target target = new Target();

    @Option(names = "--json", description = "Print JSON; with --watch an object a line whenever something changed.")
    private boolean json;

    @Option(names = "--watch", description = "Go on until Ctrl-C, once a second.")
    private boolean watch;

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (VulcanoClient client = target.connect()) {
            Lava before = null;
            do {
                Lava lava = client.lava();
                if (!lava.equals(before)) {
                    if (json) {
                        Json.print(out(), shape(lava));
                    } else {
                        print(lava, out());
                    }
                    out().flush();
                    before = lava;
                }
                if (watch) {
                    TimeUnit.SECONDS.sleep(1);
                }
            } while (watch);
        }
        return ExitCode.OK;
    }

    static void print(Lava lava, PrintWriter out) {
        out.printf("network %s (%s), %d slices%n", lava.name(), lava.network(), lava.slices());
        out.printf(
                "%-8s  %-21s  %-11s  %-7s  %-7s  %7s  %7s  %6s  %10s  %10s  %10s%n",
                "vulcano", "address", "state", "kind", "council", "primary", "backup", "behind", "flares", "stored",
                "free");
        for (VulcanoOf v : lava.vulcanos()) {
            out.printf(
                    "%-8s  %-21s  %-11s  %-7s  %-7s  %7d  %7d  %6d  %10s  %10s  %10s%n",
                    v.id().substring(0, ID_LETTERS),
                    v.address(),
                    v.silentSeconds() == 0 ? v.state() : v.state() + " " + v.silentSeconds() + "s",
                    v.kind(),
                    v.council(),
                    v.primaries(),
                    v.backups(),
                    v.behind(),
                    counted(v, v.flares(), Long::toString),
                    counted(v, v.storedBytes(), Texts::bytes),
                    counted(v, v.freeBytes(), Texts::bytes));
        }
    }

    private static String counted(VulcanoOf vulcano, long figure, LongFunction<String> shown) {
        String none = vulcano.kind().equals("witness") ? "-" : "?";
        return figure < 0 ? none : shown.apply(figure);
    }

    private static Map<String, Object> shape(Lava lava) {
        Map<String, Object> shape = new LinkedHashMap<>();
        shape.put("network", Map.of("id", lava.network(), "name", lava.name()));
        shape.put("slices", lava.slices());
        List<Map<String, Object>> vulcanos =
                lava.vulcanos().stream().map(LavaVerb::shape).toList();
        shape.put("vulcanos", vulcanos);
        return shape;
    }

    private static Map<String, Object> shape(VulcanoOf v) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("id", v.id());
        one.put("address", v.address());
        one.put("state", v.state());
        one.put("silentSeconds", v.silentSeconds());
        one.put("kind", v.kind());
        one.put("council", v.council());
        one.put("version", v.version());
        one.put("primaries", v.primaries());
        one.put("backups", v.backups());
        one.put("behind", v.behind());
        one.put("flares", v.flares());
        one.put("storedBytes", v.storedBytes());
        one.put("freeBytes", v.freeBytes());
        return one;
    }
}
