package magma.vulcano;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The making of a network in a data directory, which happens whole or not at all, wherever it stops:
 *
 * <pre>
 * 1 file "creating"   durable before anything else is made: what lies beside it counts for nothing
 * 2 storage/          and in it the root
 * 3 file "network"    comes by a rename: from here on the network is there
 * 4 "creating" goes   or with the next start
 * </pre>
 *
 * So a storage without the file network is thrown away only where it is known that nobody ever stored anything in it.
 */
final class Creation {
    static final String MARK = "creating";

    static final String COUNCIL = "council";
    static final String IDENTITY = "identity";

    private static final String STORAGE = "storage";
    private static final String FRESH_NETWORK = NetworkFile.FILE + ".new";

    /** What every new ext filesystem has, and what an attempt to make a network leaves before it has begun. */
    private static final Set<String> NOTHING = Set.of("lost+found", DataDirectory.LOCK, DataDirectory.LOG);

    private static final Set<String> UNFINISHED = Set.of(
            "lost+found", DataDirectory.LOCK, DataDirectory.LOG, MARK, STORAGE, COUNCIL, IDENTITY, FRESH_NETWORK);

    private Creation() {}

    /** Whether there is nothing in the directory that anybody could miss. */
    static boolean isEmpty(Path directory) throws IOException {
        return holdsOnly(directory, NOTHING);
    }

    /** Whether the directory holds a creation that stopped before the network was there, and nothing else. */
    static boolean isUnfinished(Path directory) throws IOException {
        if (!Files.exists(directory.resolve(MARK))) {
            return false;
        }
        return holdsOnly(directory, UNFINISHED);
    }

    private static boolean holdsOnly(Path directory, Set<String> names) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).allMatch(names::contains);
        }
    }

    /** Durable on return: whatever is made in the directory now is part of the creation. */
    static void begin(Path directory) throws IOException {
        Files.write(
                directory.resolve(MARK), new byte[0], StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        DurableFile.syncDirectory(directory);
    }

    /** Removes what an unfinished creation made, but for its mark. */
    static void discard(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FRESH_NETWORK));
        for (String part : new String[] {STORAGE, COUNCIL, IDENTITY}) {
            Path made = directory.resolve(part);
            if (Files.exists(made)) {
                Files.walkFileTree(made, new Removal());
            }
        }
    }

    /** The network is there: the mark goes, where there is one. */
    static void complete(Path directory) throws IOException {
        if (Files.deleteIfExists(directory.resolve(MARK))) {
            DurableFile.syncDirectory(directory);
        }
    }

    private static final class Removal extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException error) throws IOException {
            if (error != null) {
                throw error;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
        }
    }
}
