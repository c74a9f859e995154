package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.vulcano.OfflineCheck;
import magma.vulcano.OfflineCheck.Findings;
import magma.vulcano.VulcanoClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "fsck",
        description = {
            "Checks that the filesystem agrees with itself: link counts equal entries, directories equal their shards,"
                    + " nothing dangles, nothing is left over. Changes nothing.",
            "With --data of a vulcano that does not run, the data directory is read directly, as it will be when the next start"
                    + " has finished what a crash left; what that is, is told.",
            "With --replicas it compares instead what the vulcanos of a network that runs have of each slice, byte for byte, also while"
                    + " it is in use."
        },
        footer = {"  magma fsck", "  magma fsck --data /srv/magma --json", "  magma fsck --replicas"})
final class FsckVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--replicas", description = "Compare the replicas of every slice.")
    private boolean replicas;

    @Override
    public Integer call() throws IOException {
        Findings findings = find();
        if (json) {
            Map<String, Object> shape = new LinkedHashMap<>();
            shape.put("clean", findings.total() == 0);
            shape.put("checked", findings.checked());
            shape.put("problemCount", findings.total());
            shape.put("problems", findings.problems());
            shape.put("unfinished", findings.unfinished());
            Json.print(out(), shape);
        } else {
            findings.unfinished().forEach(what -> out().println("Left to the next start: " + what));
            findings.problems().forEach(problem -> out().println(problem));
            out().println("Checked " + String.join(", ", findings.checked()) + ": "
                    + (findings.total() == 0 ? "clean." : findings.total() + " problems."));
        }
        return findings.total() == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private Findings find() throws IOException {
        Path data = target.data();
        if (!replicas && data != null && target.address().isEmpty()) {
            return OfflineCheck.namespace(data);
        }
        try (VulcanoClient client = target.connect()) {
            VulcanoClient.Findings found = replicas ? client.compareReplicas() : client.check();
            return new Findings(found.checked(), found.total(), found.problems(), List.of());
        }
    }
}
