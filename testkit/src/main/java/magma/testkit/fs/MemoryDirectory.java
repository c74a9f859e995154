package magma.testkit.fs;

import java.util.List;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;

/** An open directory of a {@link MemoryVolume}. */
final class MemoryDirectory implements OpenDirectory {
    private final MemorySession session;
    private final Flare directory;
    private boolean closed;

    /** Under the volume's lock; the permission is checked. */
    MemoryDirectory(MemorySession session, Flare directory) {
        this.session = session;
        this.directory = directory;
        directory.opens++;
    }

    @Override
    public Key flare() {
        return directory.key;
    }

    @Override
    public Page list(long cookie, int most, boolean attributes) throws FsException {
        if (most < 1 || cookie < START) {
            throw new FsException(Errno.EINVAL, "a page of " + most + " entries after " + cookie);
        }
        return session.volume().with(session, () -> {
            checkOpen();
            directory.accessed(session.volume().tree().now());
            List<Entry> page = directory.entries().after(cookie, most).stream()
                    .map(entry -> new Entry(
                            entry.name(),
                            entry.flare().key,
                            entry.flare().type,
                            entry.cookie(),
                            attributes ? entry.flare().attributes() : null))
                    .toList();
            long last = page.isEmpty() ? cookie : page.get(page.size() - 1).cookie();
            return new Page(page, !directory.entries().hasAfter(last));
        });
    }

    @Override
    public void sync() throws FsException {
        session.volume().with(session, () -> {
            checkOpen();
            return true;
        });
    }

    @Override
    public void close() {
        session.volume().alone(() -> {
            if (!closed) {
                closed = true;
                session.closed(this);
                session.letGo(directory);
            }
        });
    }

    private void checkOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.EBADF, "the open directory is closed");
        }
    }
}
