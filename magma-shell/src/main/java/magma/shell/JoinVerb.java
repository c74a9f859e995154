package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import magma.vulcano.Membership;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "join",
        description = {
            "Makes this user a client or operator of a network, by a token of \"magma invite --client\" or \"--operator\". From then on"
                    + " \"magma mount\" and the other verbs use its certificate, which renews itself.",
            "A vulcano joins by \"magma start\"."
        },
        footer = {
            "  magma join --token - < token",
            "  MAGMA_TOKEN=magma-... magma join",
            "  magma join --token-file token --identity /etc/magma/backup.pem"
        })
final class JoinVerb extends Verb {
    @Mixin
    private final TokenSource tokens = new TokenSource();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "${sys:user.name}",
            description = "Who this is, where the invitation does not say (default: the user's name).")
    private String name = "";

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description =
                    "Where to write the identity, for verbs that name it by the same option (default: it is kept for this user).")
    private @Nullable Path identity;

    @Override
    public Integer call() throws IOException {
        String token = tokens.token();
        if (token == null) {
            throw new IllegalArgumentException("join takes a token; \"magma invite --client NAME\" prints one");
        }
        Membership.Joined joined = Membership.join(token, name, identity);
        out().println("Joined as " + joined.holder() + ", whose vulcanos are at "
                + String.join(", ", joined.addresses()));
        return ExitCode.OK;
    }
}
