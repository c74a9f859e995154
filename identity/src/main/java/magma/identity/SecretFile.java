package magma.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Small files that are there whole or not at all, survive a loss of power, and are for their owner alone where they are secret. */
final class SecretFile {
    static final Set<PosixFilePermission> SECRET = PosixFilePermissions.fromString("rw-------");
    static final Set<PosixFilePermission> PUBLIC = PosixFilePermissions.fromString("rw-r--r--");
    static final FileAttribute<Set<PosixFilePermission>> SECRET_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);
    private static final long LONGEST = 1 << 20;

    private SecretFile() {}

    /** Replaces a file, for its owner alone. Durable on return. */
    static void write(Path file, byte[] bytes) throws IOException {
        write(file, bytes, SECRET);
    }

    /** Replaces a file, for all to read. Durable on return. */
    static void writePublic(Path file, byte[] bytes) throws IOException {
        write(file, bytes, PUBLIC);
    }

    private static void write(Path file, byte[] content, Set<PosixFilePermission> mode) throws IOException {
        // Several processes may be at it: each has a file of its own.
        Path fresh = file.resolveSibling(
                file.getFileName() + ".new-" + ProcessHandle.current().pid());
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(
                fresh,
                EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(SECRET))) {
            Files.setPosixFilePermissions(fresh, mode);
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        move(fresh, file);
    }

    /** Gives a file another name, in place of what had that. Durable on return. */
    static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        Path directory = to.toAbsolutePath().getParent();
        if (directory != null) {
            syncDirectory(directory);
        }
    }

    /** Makes the names in a directory survive a loss of power. */
    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** @throws IdentityException when it is missing, or others may read or write it */
    static byte[] read(Path file) throws IOException {
        try {
            if (Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains)) {
                throw new IdentityException(file
                        + " is a secret and others may read or write it: chmod 600 it, and if they have read it, join"
                        + " anew");
            }
        } catch (NoSuchFileException e) {
            throw new IdentityException(file + " is missing", e);
        }
        return readPublic(file);
    }

    /** @throws IdentityException when it is missing, or far too long */
    static byte[] readPublic(Path file) throws IOException {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IdentityException(file + " is damaged: it has " + Files.size(file) + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new IdentityException(file + " is missing", e);
        }
    }
}
