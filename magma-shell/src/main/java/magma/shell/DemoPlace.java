package magma.shell;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a demo.
 *
 * @param data the first vulcano's data directory
 * @param log where it logs
 * @param mount where it mounts
 * @param fresh whether the demo made {@code top} itself
 * @param freshMount whether the demo made {@code mount} itself
 * @param keep whether {@code data} stays
 */
record DemoPlace(Path top, Path data, Path log, Path mount, boolean fresh, boolean freshMount, boolean keep) {

    /** Makes what is missing. */
    static DemoPlace make(@Nullable Path directory, @Nullable Path mount, boolean keep) throws IOException {
        boolean fresh = directory == null || !Files.exists(directory);
        Path top = directory == null ? Files.createTempDirectory("magma-demo") : directory.toAbsolutePath();
        Files.createDirectories(top);
        Path place = mount == null ? top.resolve("mnt") : mount.toAbsolutePath();
        boolean freshMount = !Files.exists(place);
        if (freshMount) {
            Files.createDirectories(place);
        }
        return new DemoPlace(top, top.resolve("data"), top.resolve("vulcano.log"), place, fresh, freshMount, keep);
    }

    /** The data directory of one of the vulcanos, the first is 1. */
    Path data(int number) {
        return number == 1 ? data : data.resolveSibling(data.getFileName() + "-" + number);
    }

    /** Where one of them logs. */
    Path log(int number) {
        return number == 1 ? log : log.resolveSibling("vulcano-" + number + ".log");
    }

    /** Where the operator's certificate is. */
    Path config() {
        return top.resolve("config");
    }

    /** Whether an earlier demo left its network here. */
    boolean hasNetwork() {
        return Files.exists(data.resolve("network"));
    }

    /** Removes all that the demo made, but what is to be kept. Nothing may be mounted any more. */
    void remove() throws IOException {
        if (freshMount) {
            Files.deleteIfExists(mount);
        }
        if (!keep) {
            for (int number = 1; number <= DemoNetwork.MOST; number++) {
                removeTree(data(number));
                removeTree(log(number));
            }
            removeTree(config());
            if (fresh) {
                Files.deleteIfExists(top);
            }
        }
    }

    private static void removeTree(Path path) throws IOException {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            tree.sorted(Comparator.reverseOrder()).forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
