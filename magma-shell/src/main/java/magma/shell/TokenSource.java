package magma.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** From where a verb has its token: whoever sees one may use it, and arguments are seen by every user of the machine. */
final class TokenSource {
    /** The environment variable that holds a token where no option says otherwise. */
    static final String VARIABLE = "MAGMA_TOKEN";

    private static final String STANDARD_INPUT = "-";

    /** The longest file that is read for a token. */
    private static final int FILE_BYTES = 64 << 10;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "What \"magma invite\" printed; \"-\" reads it from standard input. Other users of this machine can see arguments:"
                            + " safer are \"-\", --token-file and the environment variable " + VARIABLE + ".")
    private @Nullable String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file whose first line is the token.")
    private @Nullable Path file;

    /** The token; null where none was given. */
    @Nullable
    String token() throws IOException {
        return token(System.getenv());
    }

    @Nullable
    String token(Map<String, String> environment) throws IOException {
        if (token != null && file != null) {
            throw new IllegalArgumentException("give --token or --token-file, not both");
        }
        String given = token;
        if (file != null) {
            return line(file);
        } else if (given == null) {
            String variable = environment.getOrDefault(VARIABLE, "");
            return variable.isBlank() ? null : variable.strip();
        }
        return given.equals(STANDARD_INPUT) ? standardInput() : given;
    }

    /** Whether one was asked for by an option. */
    boolean isGiven() {
        return token != null || file != null;
    }

    private static String line(Path from) throws IOException {
        if (Files.size(from) > FILE_BYTES) {
            throw new IllegalArgumentException(from + " is too long to hold a token");
        }
        return need(Files.readString(from).lines().findFirst().orElse(null), from.toString());
    }

    private static String standardInput() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        return need(in.readLine(), "standard input");
    }

    private static String need(@Nullable String line, String where) {
        if (line == null || line.isBlank()) {
            throw new IllegalArgumentException("there is no token in " + where);
        }
        return line.strip();
    }
}
