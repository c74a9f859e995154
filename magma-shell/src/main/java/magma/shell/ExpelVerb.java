package magma.shell;

import java.io.IOException;
import magma.vulcano.VulcanoClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "expel",
        description = {
            "Takes a vulcano out of the network for ever, as one whose disk is lost. Its slices are made anew on others."
        },
        footer = {"  magma lava", "  magma expel 91d2c7e0-3c0e-4bb4-9f0e-6a1a52d0a111"})
final class ExpelVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Parameters(index = "0", paramLabel = "VULCANO", description = "Its id, as magma lava shows it.")
    private String vulcano = "";

    @Override
    public Integer call() throws IOException {
        try (VulcanoClient client = target.connect()) {
            client.expel(vulcano);
        }
        return ExitCode.OK;
    }
}
