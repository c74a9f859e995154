package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import magma.vulcano.Mounts;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "umount",
        description = "Unmounts Magma from a directory, also where the process that served it is gone.",
        footer = {"  magma umount /mnt/magma", "  magma umount --lazy /mnt/magma"})
final class UmountVerb extends Verb {
    @Parameters(paramLabel = "DIR", description = "Where it is mounted.")
    private @Nullable Path directory;

    @Option(names = "--lazy", description = "Where it is in use, take it out of the tree and let its users go on.")
    private boolean lazy;

    @Override
    public Integer call() throws IOException {
        if (directory == null) {
            throw new IllegalArgumentException("DIR is missing");
        }
        if (!Mounts.unmount(directory, lazy)) {
            err().println("magma: " + directory + " is in use. \"fuser -vm " + directory
                    + "\" says by whom; --lazy unmounts it when they are done.");
            return ExitCode.FAILED;
        }
        return ExitCode.OK;
    }
}
