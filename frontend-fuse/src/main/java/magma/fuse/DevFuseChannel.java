package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.fs.Errno;

/** /dev/fuse, by read(2) and write(2). */
final class DevFuseChannel implements KernelChannel {
    private static final int ECONNABORTED = 103;

    private final int descriptor;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes over an open descriptor of /dev/fuse that is mounted. */
    DevFuseChannel(int descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public boolean receive(ByteBuffer into) throws IOException {
        while (true) {
            long count = Native.LIBC.read(descriptor, Native.address(into), into.capacity());
            if (count >= 0) {
                into.limit((int) count).position(0);
                return true;
            }
            int errno = Native.errno();
            if (isEnd(errno)) {
                return false;
            }
            // ENOENT: the request's caller was killed before the request got here.
            if (errno != Errno.EINTR.number() && errno != Errno.EAGAIN.number() && errno != Errno.ENOENT.number()) {
                throw new IOException("reading /dev/fuse failed with errno " + errno);
            }
        }
    }

    @Override
    public boolean send(ByteBuffer message) throws IOException {
        int bytes = message.remaining();
        while (true) {
            long sent = Native.LIBC.write(descriptor, Native.address(message) + message.position(), bytes);
            if (sent == bytes) {
                return true;
            }
            int errno = Native.errno();
            if (errno == Errno.ENOENT.number() || isEnd(errno)) {
                return false;
            }
            if (errno != Errno.EINTR.number() && errno != Errno.EAGAIN.number()) {
                throw new IOException("writing " + bytes + " bytes to /dev/fuse failed with errno " + errno);
            }
        }
    }

    private static boolean isEnd(int errno) {
        return errno == Errno.ENODEV.number() || errno == ECONNABORTED;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Native.LIBC.close(descriptor);
        }
    }
}
