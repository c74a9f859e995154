package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final boolean mayWrite;
    private final Unflushed unflushed;
    private final FileAtHome atHome;
    private final FrontAppends appends;
    private final Stay stay;

    /** Whether locks on it were lost. */
    private volatile boolean unlocked;

    private final AtomicBoolean closing = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private FrontFile(
            FrontSession session,
            Key flare,
            Set<OpenOption> options,
            Unflushed unflushed,
            @Nullable HomeSession home,
            @Nullable OpenFile file) {
        this.session = session;
        this.calls = session.calls().unnumbered();
        this.flare = flare;
        this.mayWrite = options.contains(OpenOption.WRITE);
        this.unflushed = unflushed;
        this.atHome = new FileAtHome(calls, flare, options, unflushed, this::checkLocks, home, file);
        this.appends = new FrontAppends(session, flare, atHome, unflushed);
        this.stay = new Stay(atHome::move);
    }

    /** @param file as it was opened at {@code home}; null to have it opened with the first call */
    static FrontFile of(
            FrontSession session,
            Key flare,
            Set<OpenOption> options,
            @Nullable HomeSession home,
            @Nullable OpenFile file) {
        FrontOpens opens = session.opens();
        FrontFile opened = opens.content()
                .open(
                        flare,
                        opens.closings().removals(),
                        unflushed -> new FrontFile(session, flare, options, unflushed, home, file));
        if (opens.locks().isLost(flare)) {
            opened.unlocked();
        }
        return opened;
    }

    private <T> T at(FileAtHome.Call<T> call) throws FsException {
        checkOpen();
        return atHome.call(call);
    }

    private void checkOpen() throws FsException {
        if (closing.get()) {
            throw new FsException(Errno.EBADF, "the open file is closed");
        }
        demandLocked();
    }

    /** Nothing is done through it any more: see {@link FrontOpens#checkLocks}. */
    void unlocked() {
        unlocked = true;
    }

    private void demandLocked() throws FsException {
        if (unlocked) {
            throw FrontOpens.lostLock();
        }
    }

    private void checkLocks(HomeSession home) throws FsException {
        session.opens().checkLocks(flare, home);
        if (session.opens().locks().isLost(flare)) {
            unlocked();
        }
        demandLocked();
    }

    /** Opens it where its home is now, or soon. @return whether it was not open there */
    boolean moved() throws FsException {
        return !closed.isDone() && stay.move();
    }

    boolean mayWrite() {
        return mayWrite;
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
        Unflushed.Written kept = unflushed.begin(caller, offset, from);
        int written = 0;
        try {
            written = at(file -> {
                from.position(start);
                return file.write(caller, from, offset);
            });
            calls.othersHear();
            return written;
        } finally {
            unflushed.written(kept, written);
        }
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        checkOpen();
        if (!unflushed.fits(from.remaining())) {
            store();
        }
        long at = stay.during(() -> appends.append(caller, from));
        calls.othersHear();
        return at;
    }

    /** What is at a home in another process, and here, need not be stored yet: the home does so within a second, and when it is lost it is written again. */
    @Override
    public void flush() throws FsException {
        checkOpen();
        // Where this session wrote nothing, nothing can have failed: who only reads need not ask.
        if (!unflushed.isEmpty() && !(session.opens().closesBehind() && atHome.current() instanceof ClosedBehind)) {
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
        } else if (!unlocked && !unflushed.isEmpty()) {
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
        if (keepSize) {
            done(file -> file.allocate(caller, offset, length, true));
        } else {
            stepOverAll(file -> file.allocate(caller, offset, length, false));
        }
        calls.othersHear();
    }

    private void stepOverAll(Step step) throws FsException {
        boolean unused = overAll(() -> {
            done(step);
            return true;
        });
    }

    /** Makes a change after which nothing that was written before is to be written again: it is made anew where that has happened all the same. */
    private <T> T overAll(Stay.Change<T> change) throws FsException {
        return stay.during(() -> {
            while (true) {
                Unflushed.Moment before = unflushed.now();
                T made = change.make();
                if (unflushed.forget(before)) {
                    return made;
                }
            }
        });
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        stepOverAll(file -> file.punch(caller, offset, length));
        calls.othersHear();
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
        checkOpen();
        Stay.Change<Attributes> change = () -> calls.change(
                flare,
                (home, numbered) -> atHome.once(home, file -> numbered.setAttributes(caller, flare, changes, file)));
        return changes.size() == null ? change.make() : overAll(change);
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        checkOpen();
        if (!(to instanceof FrontFile target)
                || target.session.opens().content() != session.opens().content()) {
            throw new FsException(Errno.EXDEV, "an open file of another session");
        }
        if (offset < 0 || toOffset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL, "a copy of " + length + " bytes from " + offset + " to " + toOffset);
        }
        if (flare.equals(target.flare) && Math.abs(offset - toOffset) < length) {
            throw new FsException(Errno.EINVAL, "the ranges overlap");
        }
        return copyThrough(caller, offset, target, toOffset, length);
    }

    private long copyThrough(Caller caller, long offset, FrontFile target, long toOffset, long length)
            throws FsException {
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
        if (mayCloseBehind()
                && atHome.upToDate() instanceof ClosedBehind file
                && session.opens().closings().begin()) {
            closeBehind(file);
        } else {
            closeNow();
        }
        demandLocked();
    }

    /** What may have lost its last name is gone, and its space free, when its last open file is closed. */
    private boolean mayCloseBehind() {
        FrontOpens opens = session.opens();
        return opens.closesBehind()
                && !opens.content().mayBeNameless(flare, opens.closings().removals());
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void closeBehind(ClosedBehind file) {
        long mark = unflushed.mark();
        file.closeBehind().whenComplete((nothing, failure) -> {
            if (failure == null && atHome.endAfter(file)) {
                unflushed.stored(mark);
                endedBehind();
            } else {
                boolean unused = failure == null ? atHome.forget(file) : atHome.lose(file);
                session.opens().closings().later(() -> closeAgain(failure), this::endedBehind);
            }
        });
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
        session.opens().closings().ended();
    }

    private void closeNow() throws FsException {
        try {
            if (!unflushed.isEmpty()) {
                long mark = unflushed.mark();
                boolean unused = atHome.call(this::closedStoring);
                unflushed.stored(mark);
            }
        } finally {
            OpenFile last = atHome.end();
            ended();
            if (last != null) {
                closeAt(last);
            }
        }
    }

    private boolean closedStoring(OpenFile file) throws FsException {
        try {
            closeStoring(file);
        } catch (FsException e) {
            boolean unused = atHome.lose(file);
            throw e;
        }
        return atHome.forget(file);
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
        session.opens().forget(this);
        session.opens().content().release(flare, this);
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
