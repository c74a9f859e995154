package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a file that a session has open is open now: at one home at most, and opened again, with what was not flushed, where the home has changed. Safe for all threads. */
final class FileAtHome {
    private static final Logger log = LoggerFactory.getLogger(FileAtHome.class);

    private final FrontCalls calls;
    private final Key flare;
    private final Set<OpenOption> options;
    private final Unflushed unflushed;
    private final Arrival locks;

    /** Held while it is opened again. Who asks how it is open, or ends that, does not wait so long: it may be on the thread that brings the answers. */
    private final Object opening = new Object();

    /** Guarded by this. */
    private @Nullable Opened opened;

    /** Whether it is not to be opened anywhere any more. Guarded by this. */
    private boolean over;

    /** @param arrival see {@link Unflushed#arrive} */
    private record Opened(HomeSession home, OpenFile file, long arrival) {}

    /** A call on the file as it is open at its home. */
    @FunctionalInterface
    interface Call<T> {
        T on(OpenFile file) throws FsException;
    }

    /** What must hold at a home before anything is done there through the file. */
    @FunctionalInterface
    interface Arrival {
        void demand(HomeSession home) throws FsException;
    }

    /**
     * @param locks fails where the session has lost its locks
     * @param file as it was opened at {@code home}; null to have it opened with the first call
     */
    FileAtHome(
            FrontCalls calls,
            Key flare,
            Set<OpenOption> options,
            Unflushed unflushed,
            Arrival locks,
            @Nullable HomeSession home,
            @Nullable OpenFile file) {
        this.calls = calls;
        this.flare = flare;
        this.unflushed = unflushed;
        this.locks = locks;
        this.options = OpenOption.whenOpenedAgain(options);
        this.opened = home == null || file == null ? null : new Opened(home, file, unflushed.opened(home));
    }

    <T> T call(Call<T> call) throws FsException {
        return calls.at(flare, home -> once(home, call));
    }

    /** Where the home has begun to answer for the file anew since it was opened there, it must be opened again. */
    <T> T once(HomeSession home, Call<T> call) throws FsException {
        OpenFile file = openedAt(home);
        try {
            return call.on(file);
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                letGo(file);
            } else if (e.errno() == Errno.EIO && !FrontCalls.isElsewhere(e)) {
                findLosses(home, e);
            }
            throw e;
        }
    }

    /** A vulcano between may have found locks lost. Fails as it did in any case: it must not be done again for another reason. */
    private void findLosses(HomeSession home, FsException failure) {
        try {
            locks.demand(home);
        } catch (FsException e) {
            failure.addSuppressed(e);
        }
    }

    private void letGo(OpenFile file) {
        if (!lose(file)) {
            return;
        }
        close(file);
    }

    private void close(OpenFile file) {
        try {
            file.close();
        } catch (FsException e) {
            log.debug("{} was open where it is not needed any more", flare, e);
        }
    }

    /** It is not open as {@code file} any more. @return whether it was */
    synchronized boolean forget(OpenFile file) {
        boolean is = opened != null && opened.file() == file;
        if (is) {
            opened = null;
        }
        return is;
    }

    /** It is not open as {@code file} any more, and what was written through that may be gone. @return whether it was */
    synchronized boolean lose(OpenFile file) {
        if (opened != null && opened.file() == file) {
            unflushed.leave(opened.arrival());
        }
        return forget(file);
    }

    /** The file at its home, where it is opened again, and written again what may not have been stored, when it was open elsewhere. */
    private OpenFile openedAt(HomeSession home) throws FsException {
        Opened known = opened();
        return known != null && isUpToDate(known, home) ? known.file() : openedAgainAt(home);
    }

    private boolean isUpToDate(Opened known, HomeSession home) {
        return known.home() == home && unflushed.isLatest(known.arrival());
    }

    private OpenFile openedAgainAt(HomeSession home) throws FsException {
        synchronized (opening) {
            Opened known = opened();
            if (known != null && isUpToDate(known, home)) {
                return known.file();
            }
            OpenFile file = known != null && known.home() == home ? known.file() : openedAnew(home);
            try {
                locks.demand(home);
                arrived(file, unflushed.arrive(home, all -> writeAgain(home, file, all)));
            } catch (FsException e) {
                if (e.errno() == Errno.EREMOTE) {
                    letGo(file);
                }
                throw e;
            }
            return file;
        }
    }

    /** Where nothing can be written again it is open there all the same, and the next call tries again. */
    private OpenFile openedAnew(HomeSession home) throws FsException {
        demandNotOver();
        OpenFile file = reopened(home);
        synchronized (this) {
            if (!over) {
                opened = new Opened(home, file, Unflushed.NEVER);
                return file;
            }
        }
        close(file);
        throw isClosed();
    }

    private synchronized void demandNotOver() throws FsException {
        if (over) {
            throw isClosed();
        }
    }

    private static FsException isClosed() {
        return new FsException(Errno.EBADF, "the open file is closed");
    }

    private synchronized void arrived(OpenFile file, long arrival) {
        if (opened != null && opened.file() == file) {
            opened = new Opened(opened.home(), file, arrival);
        }
    }

    private OpenFile reopened(HomeSession home) throws FsException {
        try {
            return home.reopen(flare, options);
        } catch (FsException e) {
            throw e.errno() == Errno.ENOENT ? new FsException(Errno.ESTALE, "the open file is gone", e) : e;
        }
    }

    /** Where the file is open for reading only, what was written through others is written again through one that is opened for that. */
    private void writeAgain(HomeSession home, OpenFile file, List<Unflushed.Written> all) throws FsException {
        if (all.isEmpty() || options.contains(OpenOption.WRITE)) {
            writeAgain(file, all);
            return;
        }
        OpenFile writable = home.reopen(flare, EnumSet.of(OpenOption.WRITE));
        try {
            writeAgain(writable, all);
        } finally {
            // What cannot be stored then waits still: the file is open.
            close(writable);
        }
    }

    static void writeAgain(OpenFile file, List<Unflushed.Written> all) throws FsException {
        for (Unflushed.Written written : all) {
            ByteBuffer data = written.data().duplicate();
            while (data.hasRemaining()) {
                long at = written.offset() + data.position();
                if (file.write(written.caller(), data, at) == 0) {
                    throw new FsException(Errno.EIO, "nothing could be written again at the next vulcano");
                }
            }
        }
    }

    /** Opens it where its home is now. @return whether it was not open there, or what was written may not have been there */
    boolean move() throws FsException {
        return calls.at(flare, home -> {
            Opened known = opened();
            boolean isMoved = known == null || !isUpToDate(known, home);
            OpenFile unused = openedAt(home);
            return isMoved;
        });
    }

    private synchronized @Nullable Opened opened() {
        return opened;
    }

    /** Does something where the file is open as {@code file} still, with its arrival there (see {@link Unflushed#arrive}). @return whether that was so */
    synchronized boolean whileOpen(OpenFile file, LongConsumer work) {
        Opened known = opened;
        boolean is = known != null && known.file() == file;
        if (known != null && is) {
            work.accept(known.arrival());
        }
        return is;
    }

    /** As it is open; null where it is not. */
    synchronized @Nullable OpenFile current() {
        return opened == null ? null : opened.file();
    }

    /** As it is open where all is that was written; null where it is not. */
    synchronized @Nullable OpenFile upToDate() {
        return opened != null && unflushed.isLatest(opened.arrival()) ? opened.file() : null;
    }

    /** It is not to be opened any more, unless it was opened anew since it was {@code last}, as at the next home. @return false then */
    synchronized boolean endAfter(OpenFile last) {
        if (opened != null && opened.file() != last) {
            return false;
        }
        opened = null;
        over = true;
        return true;
    }

    /** It is not to be opened any more. @return as it is open still; null where it is not */
    synchronized @Nullable OpenFile end() {
        OpenFile last = current();
        opened = null;
        over = true;
        return last;
    }
}
