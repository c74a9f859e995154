package magma.vulcano;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Figures of a process, taken again and again, that tell what grows without end from what only warms up: those of the last 40 % of the time are compared with those of the
 * 35 % before, and what was in the first quarter does not count.
 */
final class ProcessFigures {
    private static final double FROM = 0.25;
    private static final double MIDDLE = 0.6;
    private static final int LEAST = 10;
    /** The heap as G1 has it: what it has taken from the system, what of that is in use, and what of that came since the last collection. */
    private static final Pattern HEAP =
            Pattern.compile("garbage-first heap +total (?:reserved \\d+K, committed )?(\\d+)K, "
                    + "used (\\d+)K[^\\n]*\\n *region size \\d+[KM], \\d+ young \\((\\d+)([KM])\\)");

    /**
     * At one time, after all of the heap was collected.
     *
     * @param frames that were sent before
     * @param heapMegabytes what the heap has of the memory
     * @param liveMegabytes what was left in the heap
     */
    record Figures(
            long frames, long residentMegabytes, long heapMegabytes, long liveMegabytes, long threads, long files) {
        long besideHeap() {
            return residentMegabytes - heapMegabytes;
        }

        @Override
        public String toString() {
            return residentMegabytes + " MB resident, " + besideHeap() + " of it beside the heap, " + liveMegabytes
                    + " MB live, " + threads + " threads, " + files + " files open";
        }
    }

    private final long process;
    private final String jcmd;
    private final List<Figures> taken = new ArrayList<>();

    ProcessFigures(long process) {
        this.process = process;
        jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    }

    /** Has the process collect its heap, and takes its figures. */
    Figures take(long frames) throws IOException, InterruptedException {
        String unused = jcmd("GC.run");
        String info = jcmd("GC.heap_info");
        Matcher heap = HEAP.matcher(info);
        if (!heap.find()) {
            throw new IOException("not known how much of the heap is live: " + info);
        }
        long committed = Long.parseLong(heap.group(1)) >> 10;
        long young = Long.parseLong(heap.group(3)) >> (heap.group(4).equals("K") ? 10 : 0);
        long live = (Long.parseLong(heap.group(2)) >> 10) - young;
        Figures figures = new Figures(frames, status("VmRSS") >> 10, committed, live, status("Threads"), files());
        taken.add(figures);
        return figures;
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process asked = new ProcessBuilder(jcmd, Long.toString(process), command)
                .redirectErrorStream(true)
                .start();
        StringBuilder said = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(asked.getInputStream(), StandardCharsets.UTF_8))) {
            lines.lines().forEach(line -> said.append(line).append('\n'));
        }
        if (asked.waitFor() != 0) {
            throw new IOException("jcmd: " + said);
        }
        return said.toString();
    }

    private long status(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process + "/status"))) {
            if (line.startsWith(name + ":")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no " + name);
    }

    private long files() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/" + process + "/fd"))) {
            return open.count();
        }
    }

    /** What has grown, a line each; nothing where there are too few figures to say so. */
    List<String> growth(long framesInAll) {
        return growth(taken, framesInAll);
    }

    static List<String> growth(List<Figures> taken, long framesInAll) {
        List<String> grown = new ArrayList<>();
        if (taken.size() < LEAST) {
            return grown;
        }
        long from = (long) (framesInAll * FROM);
        long middle = (long) (framesInAll * MIDDLE);
        List<Figures> before = taken.stream()
                .filter(f -> f.frames() >= from && f.frames() < middle)
                .toList();
        List<Figures> after = taken.stream().filter(f -> f.frames() >= middle).toList();
        compare(grown, "MB beside the heap", before, after, Figures::besideHeap, 32);
        compare(grown, "MB live", before, after, Figures::liveMegabytes, 12);
        compare(grown, "threads", before, after, Figures::threads, 20);
        compare(grown, "files open", before, after, Figures::files, 20);
        return grown;
    }

    /** A tenth, and what these figures go up and down by anyway. */
    private static void compare(
            List<String> grown,
            String what,
            List<Figures> before,
            List<Figures> after,
            ToLongFunction<Figures> figure,
            long slack) {
        long first = median(before, figure);
        long second = median(after, figure);
        if (second > first + first / 10 + slack) {
            grown.add("grows: " + first + ", then " + second + " " + what);
        }
    }

    private static long median(List<Figures> of, ToLongFunction<Figures> figure) {
        long[] sorted = of.stream().mapToLong(figure).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
    }
}
