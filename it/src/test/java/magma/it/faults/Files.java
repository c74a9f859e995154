package magma.it.faults;

import java.nio.ByteBuffer;
import java.util.Set;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** Calls on the files of one directory, each timed. */
final class Files {
    private static final int PIECE = 1 << 20;

    private final FileSystem session;
    private final Key directory;
    private final Gauge gauge;

    Files(FileSystem session, Key directory, Gauge gauge) {
        this.session = session;
        this.directory = directory;
        this.gauge = gauge;
    }

    /** A new file with this content, synced. */
    Key write(String name, ByteBuffer content) throws FsException {
        FileSystem.Created created = create(name);
        try (OpenFile file = created.file()) {
            int wrote = gauge.time("write", () -> file.write(Caller.ROOT, content.duplicate(), 0));
            if (wrote != content.remaining()) {
                throw new FsException(Errno.EIO, "a short write");
            }
            sync(file);
        }
        return created.attributes().key();
    }

    FileSystem.Created create(String name) throws FsException {
        return gauge.time(
                "create",
                () -> session.create(
                        Caller.ROOT, directory, Name.of(name), 0644, true, Set.of(OpenOption.READ, OpenOption.WRITE)));
    }

    void append(OpenFile file, ByteBuffer bytes) throws FsException {
        long unused = gauge.time("append", () -> file.append(Caller.ROOT, bytes));
        sync(file);
    }

    private void sync(OpenFile file) throws FsException {
        boolean unused = gauge.time("fsync", () -> {
            file.sync(false);
            return true;
        });
    }

    void rename(String from, String to) throws FsException {
        boolean unused = gauge.time("rename", () -> {
            session.rename(Caller.ROOT, directory, Name.of(from), directory, Name.of(to), RenameMode.REPLACE);
            return true;
        });
    }

    void link(Key flare, String to) throws FsException {
        Attributes unused = gauge.time("link", () -> session.link(Caller.ROOT, flare, directory, Name.of(to)));
    }

    void unlink(String name) throws FsException {
        boolean unused = gauge.time("unlink", () -> {
            session.unlink(Caller.ROOT, directory, Name.of(name));
            return true;
        });
    }

    boolean exists(String name) throws FsException {
        try {
            Attributes unused = gauge.time("lookup", () -> session.lookup(Caller.ROOT, directory, Name.of(name)));
            return true;
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return false;
            }
            throw e;
        }
    }

    /** @throws FsException ENOENT when there is none; ESTALE, or ENOENT too, when it went while it was read */
    ByteBuffer read(String name) throws FsException {
        Attributes found = gauge.time("lookup", () -> session.lookup(Caller.ROOT, directory, Name.of(name)));
        ByteBuffer content = ByteBuffer.allocate((int) found.size());
        try (OpenFile file =
                gauge.time("open", () -> session.open(Caller.ROOT, found.key(), Set.of(OpenOption.READ)))) {
            while (content.hasRemaining()) {
                ByteBuffer piece = content.slice(content.position(), Math.min(PIECE, content.remaining()));
                int offset = content.position();
                int count = gauge.time("read", () -> file.read(piece, offset));
                if (count <= 0) {
                    break;
                }
                content.position(offset + count);
            }
        }
        return content.flip();
    }
}
