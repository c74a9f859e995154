package magma.shell;

import java.io.IOException;
import magma.vulcano.VulcanoClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "expel",
        description = {
            "Takes a vulcano out of the network for ever, as one whose disk is lost. Its slices are made anew on others, its certificates are"
                    + " worth nothing any more; if it still runs it ends.",
            "With --client makes the certificates of a client or operator worth nothing, and ends their connections."
        },
        footer = {
            "  magma lava",
            "  magma expel 91d2c7e0-3c0e-4bb4-9f0e-6a1a52d0a111",
            "  magma members",
            "  magma expel --client laptop"
        })
final class ExpelVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Parameters(index = "0", arity = "0..1", paramLabel = "VULCANO", description = "Its id, as magma lava shows it.")
    private @Nullable String vulcano;

    @Option(
            names = "--client",
            paramLabel = "NAME|SERIAL",
            description =
                    "All certificates of that client or operator, or the one with that serial number, as magma members shows them.")
    private @Nullable String holder;

    @Override
    public Integer call() throws IOException {
        if ((vulcano == null) == (holder == null)) {
            throw new IllegalArgumentException("give a VULCANO, or --client NAME|SERIAL");
        }
        try (VulcanoClient client = target.connect()) {
            if (holder != null) {
                out().println("Revoked: " + client.revoke(holder) + " certificates");
            } else if (vulcano != null) {
                client.expel(vulcano);
            }
        }
        return ExitCode.OK;
    }
}
