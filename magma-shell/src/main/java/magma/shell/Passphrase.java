package magma.shell;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** From where a verb has a passphrase; never an argument, which all users of the machine see. */
final class Passphrase {
    /** The environment variable that holds one where no option says otherwise. */
    static final String VARIABLE = "MAGMA_PASSPHRASE";

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "A file whose first line is the passphrase (default: the environment variable " + VARIABLE
                    + ", else asks at the terminal).")
    private @Nullable Path file;

    /** Null where there is none: newer Javas have a console then too, and only the launcher knows. */
    @SuppressWarnings("SystemConsoleNull")
    private static @Nullable Console terminal() {
        return Boolean.getBoolean("magma.terminal") ? System.console() : null;
    }

    /** @param again whether whoever types it must do so twice */
    char[] read(boolean again) throws IOException {
        if (file != null) {
            return Files.readString(file)
                    .lines()
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no passphrase in " + file))
                    .toCharArray();
        }
        String variable = System.getenv(VARIABLE);
        if (variable != null && !variable.isEmpty()) {
            return variable.toCharArray();
        }
        Console console = terminal();
        if (console == null) {
            throw new IllegalArgumentException(
                    "there is no terminal to ask for the passphrase: set " + VARIABLE + " or give --passphrase-file");
        }
        char[] typed = console.readPassword("Passphrase: ");
        if (again && !Arrays.equals(typed, console.readPassword("Once more: "))) {
            throw new IllegalArgumentException("the two passphrases differ");
        }
        return typed == null ? new char[0] : typed;
    }
}
