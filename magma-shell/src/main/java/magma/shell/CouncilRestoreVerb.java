package magma.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.temporal.ChronoUnit;
import java.util.List;
import magma.vulcano.CouncilRestore;
import magma.vulcano.CouncilRestore.Known;
import magma.vulcano.CouncilRestore.SlicesOf;
import magma.vulcano.RefusalException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "restore",
        description = {
            "Founds the network's council again from what one vulcano saw of it last, when most of those who voted in it will never come"
                    + " back. That vulcano must not run; its next start does it, and the others follow.",
            "Of several vulcanos take the one that saw the council last. What the council decided later is lost."
        },
        footer = {
            "  magma council restore --from /srv/magma",
            "  magma council restore --from /srv/magma --lost 91d2c7e0-3c0e-4bb4-9f0e-6a1a52d0a111 --yes"
        })
final class CouncilRestoreVerb extends Verb {
    @Option(
            names = "--from",
            paramLabel = "DIR",
            required = true,
            description = "The data directory of the vulcano that becomes the council's first voter.")
    private @Nullable Path from;

    @Option(
            names = "--lost",
            paramLabel = "VULCANO",
            description = "The id of a vulcano that will never come back: it is expelled. May be given several times.")
    private List<String> lost = List.of();

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    public Integer call() throws IOException {
        if (from == null) {
            throw new IllegalArgumentException("--from is missing");
        }
        try (CouncilRestore restore = CouncilRestore.open(from)) {
            Known known = restore.known();
            tell(known);
            out().println(fate(restore.slicesLost(lost)));
            List<String> running = restore.running();
            if (!running.isEmpty()) {
                throw new RefusalException(
                        "vulcanos of this network run at " + String.join(", ", running)
                                + ". If the council still works they need no other (start this vulcano); if it does not, stop them first.");
            }
            if (!yes && !isConfirmed(known)) {
                throw new RefusalException("not confirmed; nothing was changed");
            }
            restore.restore(lost);
        }
        out().println("Done. Now: magma start --data " + from);
        out().println("Then start the others that still have their data, and see \"magma lava\".");
        return ExitCode.OK;
    }

    private String fate(int gone) {
        if (lost.isEmpty()) {
            return "All other vulcanos are expected back. Name each that will never come with --lost VULCANO: slices wait for it else.";
        }
        return gone == 0
                ? "Expelled: " + String.join(", ", lost) + ". Each slice has a whole replica elsewhere."
                : "Expelled: " + String.join(", ", lost) + ". " + gone
                        + " slices had their only whole replicas there: THEIR CONTENT IS LOST, and they stay unserved.";
    }

    private boolean isConfirmed(Known known) throws IOException {
        out().print("To go on, type the network's name (" + known.network() + "): ");
        out().flush();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = in.readLine();
        return line != null && line.strip().equals(known.network());
    }

    private void tell(Known known) {
        out().printf(
                        "Network %s, council %d, as vulcano %s saw it last%s (version %d).%n",
                        known.network(),
                        known.founding(),
                        known.vulcano(),
                        known.seen() == null ? "" : " at " + known.seen().truncatedTo(ChronoUnit.SECONDS),
                        known.version());
        out().println("Its vulcanos:");
        known.vulcanos()
                .forEach(vulcano -> out().printf(
                                "  %s  %-21s  %-7s  %s%s%n",
                                vulcano.id(),
                                vulcano.address(),
                                vulcano.kind(),
                                vulcano.voted() ? "voted" : "",
                                vulcano.self() ? (vulcano.voted() ? ", this one" : "this one") : ""));
        SlicesOf slices = known.slices();
        out().printf(
                        "Of its slices this vulcano has %d whole, %d not whole, and %d not at all.%n",
                        slices.inSync(), slices.behind(), slices.elsewhere());
        if (!slices.needed().isEmpty()) {
            out().println("For those that it has not whole one of these must come back, or they are lost: "
                    + String.join(", ", slices.needed()));
        }
        out().println(
                        "Lost is what the council decided later: who joined or was expelled, invitations, certificates that were revoked,"
                                + " where slices are.");
        out().println(
                        "Changes of files that were acknowledged later may be lost where none of the vulcanos that come back has them.");
        out().println(
                        "All others must be stopped until this one runs; then they follow it, and the old council is over for ever.");
    }
}
