package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import magma.fuse.FuseMount;
import magma.fuse.FuseRequirements;

/** What concerns mounts on this machine, whichever process serves them. */
public final class Mounts {
    private Mounts() {}

    /** What this machine lacks for mounting, and what to do about it; empty for nothing. */
    public static List<String> missing() {
        return FuseRequirements.missing().stream()
                .map(FuseRequirements.Missing::toString)
                .toList();
    }

    /**
     * Unmounts.
     *
     * @param lazily whether those who use it may go on, where it is in use
     * @return false when it is in use
     * @throws IOException when no Magma is mounted there, or this user may not
     */
    public static boolean unmount(Path directory, boolean lazily) throws IOException {
        return FuseMount.unmount(directory, lazily);
    }
}
