package magma.dht.front;

import java.util.ArrayList;
import java.util.List;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import org.jspecify.annotations.Nullable;

/** A directory that a session has open, wherever its home is now. */
final class FrontDirectory implements OpenDirectory {
    private final FrontSession session;
    private final FrontCalls calls;
    private final Key flare;
    private @Nullable Opened opened;
    private volatile boolean closed;

    private record Opened(HomeSession home, OpenDirectory directory) {}

    FrontDirectory(FrontSession session, Key flare, HomeSession home, OpenDirectory directory) {
        this.session = session;
        this.calls = session.calls().unnumbered();
        this.flare = flare;
        this.opened = new Opened(home, directory);
    }

    @Override
    public Key flare() {
        return flare;
    }

    @Override
    public Page list(long cookie, int most, boolean withAttributes) throws FsException {
        checkOpen();
        Page page = calls.at(flare, home -> onceAt(home, directory -> directory.list(cookie, most, withAttributes)));
        return withAttributes ? fresh(page) : page;
    }

    /** Files whose home is another have their latest size there. */
    private Page fresh(Page page) throws FsException {
        var home = calls.home(flare);
        List<Entry> entries = null;
        for (int i = 0; i < page.entries().size(); i++) {
            Entry entry = page.entries().get(i);
            Attributes known = entry.attributes();
            if (known != null
                    && known.type() == FlareType.FILE
                    && !java.util.Objects.equals(home, calls.home(known.key()))) {
                entries = entries == null ? new ArrayList<>(page.entries()) : entries;
                entries.set(
                        i, new Entry(entry.name(), entry.flare(), entry.type(), entry.cookie(), session.atHome(known)));
            }
        }
        return entries == null ? page : new Page(entries, page.end());
    }

    @Override
    public void sync() throws FsException {
        checkOpen();
        boolean unused = calls.at(flare, home -> {
            return onceAt(home, directory -> {
                directory.sync();
                return true;
            });
        });
    }

    private void checkOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.EBADF, "the open directory is closed");
        }
    }

    /** A call on the directory as it is open at its home. */
    @FunctionalInterface
    private interface Call<T> {
        T on(OpenDirectory directory) throws FsException;
    }

    /** Where the home has begun to answer for the directory anew since it was opened there, it must be opened again. */
    private <T> T onceAt(HomeSession home, Call<T> call) throws FsException {
        OpenDirectory directory = openedAt(home);
        try {
            return call.on(directory);
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                forget(directory);
            }
            throw e;
        }
    }

    private void forget(OpenDirectory directory) {
        synchronized (this) {
            if (opened == null || opened.directory() != directory) {
                return;
            }
            opened = null;
        }
        directory.close();
    }

    private synchronized OpenDirectory openedAt(HomeSession home) throws FsException {
        Opened known = opened;
        if (known != null && known.home() == home) {
            return known.directory();
        }
        OpenDirectory directory;
        try {
            directory = home.reopenDirectory(flare);
        } catch (FsException e) {
            throw e.errno() == Errno.ENOENT ? new FsException(Errno.ESTALE, "the open directory is gone", e) : e;
        }
        opened = new Opened(home, directory);
        return directory;
    }

    /** The directory has another home now. */
    void moved() throws FsException {
        if (!closed) {
            Object unused = calls.at(flare, this::openedAt);
        }
    }

    @Override
    public void close() {
        Opened last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = opened;
            opened = null;
        }
        session.opens().forget(this);
        if (last != null && !last.home().isOver()) {
            last.directory().close();
        }
    }
}
