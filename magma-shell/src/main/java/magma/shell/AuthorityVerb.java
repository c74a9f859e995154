package magma.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import magma.vulcano.Membership;
import magma.vulcano.RefusalException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "authority",
        description = {
            "The key that certifies the network's members, to be put away under a passphrase and used again when no operator is left.",
            "Whoever has the file and the passphrase rules the network."
        },
        footer = {
            "  magma authority export --data /srv/magma authority.pem",
            "  magma authority import --connect 127.0.0.1:4610 authority.pem"
        },
        subcommands = {AuthorityVerb.Export.class, AuthorityVerb.Import.class})
final class AuthorityVerb extends Verb {
    @Override
    public Integer call() {
        commandLine().usage(err());
        return ExitCode.USAGE;
    }

    @Command(
            name = "export",
            description =
                    "Writes the authority to a new file, encrypted under a passphrase. Takes the data directory of a vulcano, which may run.",
            footer = {"  magma authority export --data /srv/magma authority.pem"})
    static final class Export extends Verb {
        private static final FileAttribute<?> SECRET =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

        @Option(names = "--data", paramLabel = "DIR", required = true, description = "The vulcano's data directory.")
        private @Nullable Path data;

        @Parameters(index = "0", paramLabel = "FILE", description = "Must not be there yet.")
        private @Nullable Path file;

        @Mixin
        private final Passphrase passphrase = new Passphrase();

        @Override
        public Integer call() throws IOException {
            if (data == null || file == null) {
                throw new IllegalArgumentException("--data or FILE is missing");
            }
            if (Files.exists(file)) {
                throw new RefusalException(file + " is there already");
            }
            String pem = Membership.exportAuthority(data, passphrase.read(true));
            Path unused = Files.createFile(file, SECRET);
            Files.writeString(file, pem, StandardOpenOption.WRITE);
            out().println("The network's authority is in " + file
                    + ". Keep it off these machines, and the passphrase elsewhere.");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "import",
            description =
                    "Makes this user an operator of the network whose authority the file holds, as when all operators' certificates are lost.",
            footer = {"  magma authority import --connect 127.0.0.1:4610 authority.pem"})
    static final class Import extends Verb {
        @Option(
                names = "--connect",
                paramLabel = "HOST:PORT",
                defaultValue = "127.0.0.1:4610",
                description = "A vulcano of the network (default: ${DEFAULT-VALUE}).")
        private String connect = "";

        @Parameters(index = "0", paramLabel = "FILE", description = "What \"magma authority export\" wrote.")
        private @Nullable Path file;

        @Mixin
        private final Passphrase passphrase = new Passphrase();

        @Override
        public Integer call() throws IOException {
            if (file == null) {
                throw new IllegalArgumentException("FILE is missing");
            }
            String pem = Files.readString(file);
            Membership.Joined joined = Membership.importAuthority(pem, passphrase.read(false), connect);
            out().println("Joined as " + joined.holder());
            return ExitCode.OK;
        }
    }
}
