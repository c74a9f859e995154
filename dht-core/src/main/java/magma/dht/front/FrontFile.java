package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.transport.NoContactException;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that a session has open, wherever its home is now. */
final class FrontFile implements OpenFile {
    private static final Logger log = LoggerFactory.getLogger(FrontFile.class);
    private static final int COPY_BYTES = 1 << 20;

    private final FrontSession session;
    private final FrontCalls calls;
    private final Key flare;
    private final Set<OpenOption> options;
    private final Unflushed unflushed;
    private final Object appends = new Object();
    private final long removalsBefore;

    /** How long the file was last known to be by an append, at least; -1 for not known. With {@link #appends} held. */
    private long appendedTo = -1;

    private @Nullable Opened opened;

    /** Whether it is not to be opened anywhere any more. */
    private boolean over;

    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    /** As it is open at one home. */
    private record Opened(HomeSession home, OpenFile file) {}

    /** @param file as it was opened at {@code home}; null to have it opened with the first call */
    FrontFile(
            FrontSession session,
            Key flare,
            Set<OpenOption> options,
            @Nullable HomeSession home,
            @Nullable OpenFile file) {
        this.session = session;
        this.calls = session.calls().unnumbered();
        this.flare = flare;
        this.options = EnumSet.noneOf(OpenOption.class);
        this.options.addAll(options);
        this.options.remove(OpenOption.TRUNCATE);
        if (this.options.remove(OpenOption.EXECUTE)) {
            // Permission was checked; opened again it need only be readable.
            this.options.add(OpenOption.READ);
        }
        this.removalsBefore = session.removals();
        this.unflushed = session.content().acquire(flare, this);
        this.opened = home == null || file == null ? null : new Opened(home, file);
    }

    /** A call on the file as it is open at its home. */
    @FunctionalInterface
    private interface Call<T> {
        T on(OpenFile file) throws FsException;
    }

    private <T> T at(Call<T> call) throws FsException {
        checkOpen();
        return atHome(call);
    }

    private <T> T atHome(Call<T> call) throws FsException {
        return calls.at(flare, home -> onceAt(home, call));
    }

    /** Where the home has begun to answer for the file anew since it was opened there, it must be opened again. */
    private <T> T onceAt(HomeSession home, Call<T> call) throws FsException {
        OpenFile file = openedAt(home);
        try {
            return call.on(file);
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                forget(file);
            }
            throw e;
        }
    }

    private void forget(OpenFile file) {
        synchronized (this) {
            if (opened == null || opened.file() != file) {
                return;
            }
            opened = null;
        }
        try {
            file.close();
        } catch (FsException e) {
            log.debug("{} was open where it is no more", flare, e);
        }
    }

    private void checkOpen() throws FsException {
        if (closing.get()) {
            throw new FsException(Errno.EBADF, "the open file is closed");
        }
    }

    /** The file at its home, where it is opened again, and written again what may not have been stored, when it was open elsewhere. */
    private synchronized OpenFile openedAt(HomeSession home) throws FsException {
        Opened known = opened;
        if (known != null && known.home() == home) {
            return known.file();
        }
        if (over) {
            throw new FsException(Errno.EBADF, "the open file is closed");
        }
        OpenFile file;
        try {
            file = home.reopen(flare, options);
        } catch (FsException e) {
            throw e.errno() == Errno.ENOENT ? new FsException(Errno.ESTALE, "the open file is gone", e) : e;
        }
        for (Unflushed.Written written : unflushed.all()) {
            ByteBuffer data = written.data().duplicate();
            while (data.hasRemaining()) {
                long at = written.offset() + data.position();
                if (file.write(written.caller(), data, at) == 0) {
                    throw new FsException(Errno.EIO, "nothing could be written again at the next vulcano");
                }
            }
        }
        opened = new Opened(home, file);
        return file;
    }

    /** Opens it where its home is now. @return whether it was not open there */
    boolean moved() throws FsException {
        return !closed.isDone()
                && calls.at(flare, home -> {
                    OpenFile before = openAnywhere();
                    return openedAt(home) != before;
                });
    }

    private synchronized @Nullable OpenFile openAnywhere() {
        return opened == null ? null : opened.file();
    }

    @Override
    public Key flare() {
        return flare;
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        int start = to.position();
        return at(file -> {
            to.position(start);
            return file.read(to, offset);
        });
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        checkOpen();
        if (!unflushed.fits(from.remaining())) {
            store();
        }
        int start = from.position();
        int length = from.remaining();
        long kept = unflushed.add(caller, offset, from);
        int written = 0;
        try {
            written = at(file -> {
                from.position(start);
                return file.write(caller, from, offset);
            });
            return written;
        } finally {
            if (written < length) {
                unflushed.remove(kept);
                keepWritten(caller, offset, from, start, written);
            }
        }
    }

    private void keepWritten(Caller caller, long offset, ByteBuffer from, int start, int written) {
        if (written > 0) {
            long unused = unflushed.add(
                    caller, offset, from.duplicate().position(start).limit(start + written));
        }
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        checkOpen();
        if (!unflushed.fits(from.remaining())) {
            store();
        }
        synchronized (appends) {
            if (appendedTo < 0) {
                appendedTo = session.getAttributes(flare).size();
            }
            ByteBuffer data = from.duplicate();
            long at = at(new Appending(caller, from, appendedTo));
            appendedTo = at + data.remaining();
            long unused = unflushed.add(caller, at, data);
            return at;
        }
    }

    /**
     * An append that may have to be made at the next home. What the last home had of it is gone with that home, unless it was stored already. If it was, the file has become
     * longer; if the file has not, it was not, and is made again. Otherwise somebody else may have appended as well, and nobody can tell.
     */
    private final class Appending implements Call<Long> {
        private final Caller caller;
        private final ByteBuffer from;
        private final int start;
        private final long lengthBefore;
        private boolean mayBeDone;

        Appending(Caller caller, ByteBuffer from, long lengthBefore) {
            this.caller = caller;
            this.from = from;
            this.start = from.position();
            this.lengthBefore = lengthBefore;
        }

        @Override
        public Long on(OpenFile file) throws FsException {
            if (mayBeDone && session.getAttributes(flare).size() > lengthBefore) {
                throw new FsException(
                        Errno.EIO,
                        "contact with a vulcano was lost while it appended; the file is longer since, by this or by others");
            }
            mayBeDone = false;
            from.position(start);
            try {
                return file.append(caller, from);
            } catch (FsException e) {
                mayBeDone = e.getCause() instanceof NoContactException lost && lost.isSent();
                throw e;
            }
        }
    }

    /** What is at a home in another process, and here, need not be stored yet: the home does so within a second, and when it is lost it is written again. */
    @Override
    public void flush() throws FsException {
        checkOpen();
        // Where this session wrote nothing, nothing can have failed: who only reads need not ask.
        if (!unflushed.isEmpty() && !(session.closesBehind() && openAnywhere() instanceof ClosedBehind)) {
            store();
        }
    }

    private void store() throws FsException {
        long mark = unflushed.mark();
        done(OpenFile::flush);
        unflushed.stored(mark);
    }

    /** All that was written until now is stored, though the file may be closed. */
    void settle() throws FsException {
        if (closing.get()) {
            awaitClosed();
        } else if (!unflushed.isEmpty()) {
            store();
        }
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        long mark = unflushed.mark();
        done(file -> file.sync(attributes));
        unflushed.stored(mark);
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        long mark = unflushed.mark();
        done(file -> file.allocate(caller, offset, length, keepSize));
        if (!keepSize) {
            unflushed.stored(mark);
        }
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        long mark = unflushed.mark();
        done(file -> file.punch(caller, offset, length));
        unflushed.stored(mark);
    }

    private interface Step {
        void on(OpenFile file) throws FsException;
    }

    private void done(Step step) throws FsException {
        boolean unused = at(file -> {
            step.on(file);
            return true;
        });
    }

    @Override
    public long seekData(long offset) throws FsException {
        return at(file -> file.seekData(offset));
    }

    @Override
    public long seekHole(long offset) throws FsException {
        return at(file -> file.seekHole(offset));
    }

    /** Changes attributes through this open file. */
    Attributes setAttributes(Caller caller, AttributeChanges changes) throws FsException {
        long mark = unflushed.mark();
        checkOpen();
        Attributes changed = calls.change(
                flare, (home, numbered) -> onceAt(home, file -> numbered.setAttributes(caller, flare, changes, file)));
        if (changes.size() != null) {
            unflushed.stored(mark);
        }
        return changed;
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        checkOpen();
        if (!(to instanceof FrontFile target) || target.session.content() != session.content()) {
            throw new FsException(Errno.EXDEV, "an open file of another session");
        }
        if (flare.equals(target.flare)) {
            // The home knows whether the ranges overlap.
            long copied = at(file -> file.copyRange(caller, offset, file, toOffset, length));
            target.store();
            return copied;
        }
        return copyThrough(caller, offset, target, toOffset, length);
    }

    private long copyThrough(Caller caller, long offset, FrontFile target, long toOffset, long length)
            throws FsException {
        if (offset < 0 || toOffset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL, "a copy of " + length + " bytes from " + offset + " to " + toOffset);
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(COPY_BYTES, Math.max(1, length)));
        long total = 0;
        while (total < length) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), length - total));
            int read = read(buffer, offset + total);
            if (read == 0) {
                break;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                int written = target.write(caller, buffer, toOffset + total);
                total += written;
                if (written == 0) {
                    return total;
                }
            }
        }
        return total;
    }

    @Override
    public void close() throws FsException {
        if (closing.getAndSet(true)) {
            return;
        }
        if (mayCloseBehind() && openAnywhere() instanceof ClosedBehind file && session.mayCloseBehind()) {
            closeBehind(file);
        } else {
            closeNow();
        }
    }

    /** What may have lost its last name is gone, and its space free, when its last open file is closed. */
    private boolean mayCloseBehind() {
        return session.closesBehind() && session.removals() == removalsBefore;
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void closeBehind(ClosedBehind file) {
        long mark = unflushed.mark();
        file.closeBehind().whenComplete((unused, failure) -> {
            if (failure == null && isLast(file)) {
                unflushed.stored(mark);
                endedBehind();
            } else {
                forgetClosed(file);
                session.behind(() -> closeAgain(failure), this::endedBehind);
            }
        });
    }

    /** True, and then it is not opened again, unless it was opened again meanwhile, as at the next home. */
    private synchronized boolean isLast(OpenFile file) {
        if (opened != null && opened.file() != file) {
            return false;
        }
        opened = null;
        over = true;
        return true;
    }

    private synchronized void forgetClosed(OpenFile file) {
        if (opened != null && opened.file() == file) {
            opened = null;
        }
    }

    /** At the next home. */
    private void closeAgain(@Nullable Throwable failure) {
        try {
            if (failure instanceof FsException known && !FrontCalls.isElsewhere(known)) {
                throw known;
            }
            closeNow();
        } catch (FsException e) {
            log.warn("What was written last to {} could not be stored: {}", flare, e.getMessage());
        } finally {
            endedBehind();
        }
    }

    private void endedBehind() {
        ended();
        session.closedBehind();
    }

    private void closeNow() throws FsException {
        try {
            if (!unflushed.isEmpty()) {
                long mark = unflushed.mark();
                boolean unused = atHome(file -> {
                    closeStoring(file);
                    forgetClosed(file);
                    return true;
                });
                unflushed.stored(mark);
            }
        } finally {
            Opened last;
            synchronized (this) {
                last = opened;
                opened = null;
                over = true;
            }
            ended();
            if (last != null) {
                closeAt(last.file());
            }
        }
    }

    /** Closes it where it is open, and fails as all calls do when it is not known what became of what was written. */
    private static void closeStoring(OpenFile file) throws FsException {
        if (!(file instanceof ClosedBehind remote)) {
            file.close();
            return;
        }
        try {
            Void unused = remote.closeBehind().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof FsException known) {
                throw known;
            }
            throw e;
        }
    }

    private void ended() {
        session.forget(this);
        session.content().release(flare, this);
        closed.complete(null);
    }

    /** Returns when the file is closed; {@link #close} must have been called. */
    void awaitClosed() {
        closed.join();
    }

    /** What is lost with the home that was had open there is let go too. */
    static void closeAt(OpenFile last) throws FsException {
        try {
            last.close();
        } catch (FsException e) {
            if (!FrontCalls.isElsewhere(e)) {
                throw e;
            }
        }
    }
}
