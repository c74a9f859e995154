package magma.dht.transport.netty;

import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.front.ClosedBehind;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.Reply;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;

/** A file that is open at the vulcano. See {@link RemoteVolume} for what happens when contact is lost. */
final class RemoteOpenFile implements ClosedBehind, RemoteLink.Reopened {
    /** A copy is cut into parts of this length, so that none keeps a worker for long. */
    private static final long COPY_BYTES = 64L << 20;

    private final RemoteLink link;
    private final Key flare;
    private final Set<OpenOption> options;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean lost = new AtomicBoolean();
    private final SafeUpTo flushed = new SafeUpTo();
    private final SafeUpTo synced = new SafeUpTo();
    private RemoteHandle handle;

    RemoteOpenFile(RemoteLink link, Key flare, Set<OpenOption> options, RemoteHandle handle) {
        this.link = link;
        this.flare = flare;
        this.options = OpenOption.whenOpenedAgain(options);
        this.handle = handle;
        link.add(this);
    }

    /** @throws FsException EXDEV when the file is of another volume or session */
    static RemoteOpenFile of(OpenFile file, RemoteLink link) throws FsException {
        if (file instanceof RemoteOpenFile remote && remote.link == link) {
            return remote;
        }
        throw new FsException(Errno.EXDEV, "an open file of another session");
    }

    @Override
    public Key flare() {
        return flare;
    }

    /** The handle for requests on this connection; opens the file again where it was opened on an earlier one. */
    synchronized long handleOn(ClientConnection connection) throws ContactLostException, FsException {
        if (handle.on() != connection) {
            handle = RemoteHandle.reopen(connection, new FileRequest.ReopenFile(flare, options));
        }
        return handle.number();
    }

    @Override
    public void contactLost() {
        if (flushed.markLost()) {
            lost.set(true);
        }
    }

    @Override
    public void contactAgain(ClientConnection connection, boolean rebooted) {
        if (rebooted && synced.markLost()) {
            lost.set(true);
        }
        try {
            long unused = handleOn(connection);
        } catch (FsException | ContactLostException e) {
            // Tried again, and told, at the next call.
            org.slf4j.LoggerFactory.getLogger(RemoteOpenFile.class).debug("{} cannot be opened again", flare, e);
        }
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        checkOpen();
        int total = 0;
        while (to.hasRemaining()) {
            long at = offset + total;
            int length = Math.min(to.remaining(), Frame.CONTENT_BYTES);
            try (Answer answer = link.call(connection -> new FileRequest.Read(handleOn(connection), at, length))) {
                ByteBuffer content = answer.as(Reply.Content.class).bytes();
                int read = content.remaining();
                to.put(content);
                total += read;
                if (read < length) {
                    break;
                }
            }
        }
        return total;
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        checkOpen();
        tellLoss();
        int total = 0;
        while (from.hasRemaining() || total == 0) {
            int length = Math.min(from.remaining(), Frame.CONTENT_BYTES);
            ByteBuffer part = from.slice(from.position(), length);
            long at = offset + total;
            int written;
            try {
                written = (int) written(
                        connection -> new FileRequest.Write(handleOn(connection), caller, at, part.duplicate()));
            } catch (FsException e) {
                if (total > 0) {
                    return total;
                }
                throw e;
            }
            from.position(from.position() + written);
            total += written;
            if (written < length || length == 0) {
                break;
            }
        }
        return total;
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        checkOpen();
        tellLoss();
        if (from.remaining() > Frame.CONTENT_BYTES) {
            throw new FsException(Errno.EINVAL, "an append of more than " + Frame.CONTENT_BYTES + " bytes");
        }
        long at = written(connection -> new FileRequest.Append(handleOn(connection), caller, from.duplicate()));
        from.position(from.limit());
        return at;
    }

    private long written(RemoteLink.Maker maker) throws FsException {
        flushed.begin();
        synced.begin();
        return amount(maker);
    }

    @Override
    public void flush() throws FsException {
        checkOpen();
        tellLoss();
        long before = flushed.begun();
        done(connection -> new FileRequest.Flush(handleOn(connection)));
        flushed.safe(before);
        tellLoss();
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        checkOpen();
        tellLoss();
        long before = flushed.begun();
        done(connection -> new FileRequest.Sync(handleOn(connection), attributes));
        flushed.safe(before);
        synced.safe(before);
        tellLoss();
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        checkOpen();
        done(connection -> new FileRequest.Allocate(handleOn(connection), caller, offset, length, keepSize));
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        checkOpen();
        done(connection -> new FileRequest.Punch(handleOn(connection), caller, offset, length));
    }

    @Override
    public long seekData(long offset) throws FsException {
        checkOpen();
        return amount(connection -> new FileRequest.Seek(handleOn(connection), offset, false));
    }

    @Override
    public long seekHole(long offset) throws FsException {
        checkOpen();
        return amount(connection -> new FileRequest.Seek(handleOn(connection), offset, true));
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        checkOpen();
        RemoteOpenFile target = of(to, link);
        boolean overlap = flare.equals(target.flare) && Math.abs(offset - toOffset) < length;
        if (overlap) {
            throw new FsException(Errno.EINVAL, "the ranges overlap");
        }
        long total = 0;
        while (total < length || length <= 0) {
            long part = Math.min(length - total, COPY_BYTES);
            long done = total;
            target.flushed.begin();
            target.synced.begin();
            long copied = amount(connection -> new FileRequest.Copy(
                    handleOn(connection), caller, offset + done, target.handleOn(connection), toOffset + done, part));
            total += copied;
            if (copied < part || length <= 0) {
                break;
            }
        }
        return total;
    }

    @Override
    public void close() throws FsException {
        if (closed.compareAndSet(false, true)) {
            RemoteHandle last = lastHandle();
            link.remove(this);
            if (!last.on().isOver()) {
                closeAtVulcano(last);
            }
            tellLoss();
        }
    }

    private void closeAtVulcano(RemoteHandle last) throws FsException {
        try (Answer answer = RemoteLink.checked(last.on().call(new FileRequest.Close(last.number())))) {
            Reply.Done unused = answer.as(Reply.Done.class);
        } catch (ContactLostException e) {
            contactLost();
        }
    }

    @Override
    public CompletableFuture<Void> closeBehind() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!closed.compareAndSet(false, true)) {
            done.complete(null);
            return done;
        }
        RemoteHandle last = lastHandle();
        link.remove(this);
        try {
            boolean sent = last.on()
                    .tryCall(new FileRequest.Close(last.number()), (answer, failure) -> closed(done, answer, failure));
            if (!sent) {
                closeAtVulcano(last);
                done.complete(null);
            }
        } catch (ContactLostException e) {
            closed(done, null, e);
        } catch (FsException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    private static void closed(CompletableFuture<Void> done, @Nullable Answer answer, @Nullable Throwable failure) {
        if (failure != null) {
            done.completeExceptionally(
                    new FsException(Errno.EIO, "contact with the vulcano was lost before a file was closed", failure));
        } else if (answer != null) {
            closed(done, answer);
        }
    }

    private static void closed(CompletableFuture<Void> done, Answer answer) {
        try (Answer all = RemoteLink.checked(answer)) {
            Reply.Done unused = all.as(Reply.Done.class);
            done.complete(null);
        } catch (FsException e) {
            done.completeExceptionally(e);
        }
    }

    private synchronized RemoteHandle lastHandle() {
        return handle;
    }

    private long amount(RemoteLink.Maker maker) throws FsException {
        try (Answer answer = link.call(maker)) {
            return answer.as(Reply.Amount.class).value();
        }
    }

    private void done(RemoteLink.Maker maker) throws FsException {
        try (Answer answer = link.call(maker)) {
            Reply.Done unused = answer.as(Reply.Done.class);
        }
    }

    private void checkOpen() throws FsException {
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the open file is closed");
        }
    }

    private void tellLoss() throws FsException {
        if (lost.compareAndSet(true, false)) {
            throw new FsException(
                    Errno.EIO, "contact with the vulcano was lost, and content written before may be lost with it");
        }
    }

    /** How many writes have begun, and up to which of them all are safe. */
    private static final class SafeUpTo {
        private long begun;
        private long safe;

        synchronized void begin() {
            begun++;
        }

        synchronized long begun() {
            return begun;
        }

        synchronized void safe(long upTo) {
            safe = Math.max(safe, upTo);
        }

        /** Whether some were not safe. They count as told of. */
        synchronized boolean markLost() {
            boolean some = begun > safe;
            safe = begun;
            return some;
        }
    }
}
