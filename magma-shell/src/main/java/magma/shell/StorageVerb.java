package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import magma.vulcano.StorageCare;
import magma.vulcano.StorageCare.Report;
import magma.vulcano.StorageCare.Work;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "storage",
        description = "Checks and mends the storage of a data directory on which no vulcano runs.",
        synopsisSubcommandLabel = "(check | scrub | rebuild)",
        subcommands = {StorageVerb.Check.class, StorageVerb.Scrub.class, StorageVerb.Rebuild.class},
        footer = {
            "  magma storage check /srv/magma",
            "  magma storage scrub --json /srv/magma",
            "  magma storage rebuild /srv/magma"
        })
final class StorageVerb extends Verb {
    @Override
    public Integer call() {
        throw new ParameterException(commandLine(), "say what to do: check, scrub or rebuild");
    }

    /** What the three have in common. */
    private abstract static class Care extends Verb {
        private final Work work;

        @Parameters(paramLabel = "DIR", description = "The data directory.")
        private @Nullable Path data;

        @Option(names = "--json", description = "Print JSON.")
        private boolean json;

        Care(Work work) {
            this.work = work;
        }

        @Override
        public Integer call() throws IOException {
            if (data == null) {
                throw new IllegalArgumentException("DIR is missing");
            }
            ProgressLine progress = new ProgressLine(err());
            Report report = StorageCare.run(work, data, progress::at);
            progress.end();
            if (json) {
                Json.print(out(), shape(report));
            } else {
                report.problems().forEach(problem -> out().println(problem));
                out().printf(
                                "%,d records in %d segments (%s), %,d values, %,d chunks with %s, %s verified: %s%n",
                                report.records(),
                                report.segments(),
                                Texts.bytes(report.logBytes()),
                                report.values(),
                                report.chunks(),
                                Texts.bytes(report.contentBytes()),
                                Texts.bytes(report.verifiedBytes()),
                                report.problems().isEmpty()
                                        ? "clean."
                                        : report.problems().size() + " problems.");
            }
            return report.problems().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
        }

        private static Map<String, Object> shape(Report report) {
            Map<String, Object> shape = new LinkedHashMap<>();
            shape.put("clean", report.problems().isEmpty());
            shape.put("segments", report.segments());
            shape.put("logBytes", report.logBytes());
            shape.put("records", report.records());
            shape.put("values", report.values());
            shape.put("chunks", report.chunks());
            shape.put("contentBytes", report.contentBytes());
            shape.put("verifiedBytes", report.verifiedBytes());
            shape.put("tornBytes", report.tornBytes());
            shape.put("problems", report.problems());
            return shape;
        }
    }

    @Command(
            name = "check",
            description = "Reads every record of the log and every row of the index. Changes nothing.",
            footer = "  magma storage check /srv/magma")
    static final class Check extends Care {
        Check() {
            super(Work.CHECK);
        }
    }

    @Command(
            name = "scrub",
            description = "As check, and reads all content and verifies its checksums. Changes nothing.",
            footer = "  magma storage scrub /srv/magma")
    static final class Scrub extends Care {
        Scrub() {
            super(Work.SCRUB);
        }
    }

    @Command(
            name = "rebuild",
            description = "Makes the index again from the log, for one that is damaged or lost.",
            footer = "  magma storage rebuild /srv/magma")
    static final class Rebuild extends Care {
        Rebuild() {
            super(Work.REBUILD);
        }
    }
}
