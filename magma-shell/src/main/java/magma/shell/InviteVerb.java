package magma.shell;

import java.io.IOException;
import java.time.Duration;
import magma.vulcano.VulcanoClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "invite",
        description = {
            "Prints a token with which one more vulcano may join the network, once and before it expires. Whoever has it may join: keep it"
                    + " secret.",
            "With --client it is for a client: one that may mount, as this user and nobody else unless --any-uid is given."
        },
        footer = {
            "  magma invite",
            "  magma invite --client laptop",
            "  magma invite | magma start --data /srv/second --token - --listen 127.0.0.1:4611"
        })
final class InviteVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Option(names = "--client", paramLabel = "NAME", description = "For a client of that name.")
    private String client = "";

    @Option(names = "--operator", paramLabel = "NAME", description = "For one more operator of that name.")
    private String operator = "";

    @Option(names = "--any-uid", description = "With --client or --operator: it may act as any user.")
    private boolean anyUid;

    @Option(names = "--read-only", description = "With --client: it may look and never change.")
    private boolean readOnly;

    @Option(
            names = "--expires",
            paramLabel = "MINUTES",
            defaultValue = "60",
            description = "How long the token is good (default: ${DEFAULT-VALUE}).")
    private long minutes = 60;

    @Override
    public Integer call() throws IOException {
        if (client.isEmpty() && ((anyUid && operator.isEmpty()) || readOnly)) {
            throw new IllegalArgumentException("--any-uid and --read-only are for a --client");
        } else if (!client.isEmpty() && !operator.isEmpty()) {
            throw new IllegalArgumentException("give --client or --operator, not both");
        }
        Duration validity = Duration.ofMinutes(minutes);
        try (VulcanoClient vulcano = target.connect()) {
            if (!operator.isEmpty()) {
                out().println(vulcano.inviteOperator(operator, anyUid, validity));
            } else if (!client.isEmpty()) {
                out().println(vulcano.inviteClient(client, anyUid, readOnly, validity));
            } else {
                out().println(vulcano.inviteVulcano(validity));
            }
        }
        return ExitCode.OK;
    }
}
