package magma.fuse;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Negotiation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** INIT and DESTROY. */
final class InitHandler {
    private static final Logger LOG = LoggerFactory.getLogger(InitHandler.class);
    private static final int MAX_BACKGROUND = 64;

    /** What is used wherever the kernel has it. */
    private static final long WANTED = Negotiation.ASYNC_READ
            | Negotiation.POSIX_LOCKS
            | Negotiation.ATOMIC_O_TRUNC
            | Negotiation.EXPORT_SUPPORT
            | Negotiation.BIG_WRITES
            | Negotiation.DONT_MASK
            | Negotiation.FLOCK_LOCKS
            | Negotiation.DO_READDIRPLUS
            | Negotiation.READDIRPLUS_AUTO
            | Negotiation.ASYNC_DIO
            | Negotiation.PARALLEL_DIROPS
            | Negotiation.POSIX_ACL
            | Negotiation.MAX_PAGES
            | Negotiation.CACHE_SYMLINKS
            | Negotiation.INIT_EXT
            | Negotiation.HAS_EXPIRE_ONLY
            | Negotiation.DIRECT_IO_ALLOW_MMAP;

    private final MountState state;
    private final CountDownLatch done = new CountDownLatch(1);

    InitHandler(MountState state) {
        this.state = state;
    }

    void init(Exchange exchange) throws IOException, MalformedMessageException {
        Negotiation kernel = Negotiation.read(exchange.body());
        if (kernel.major() < Negotiation.MAJOR
                || kernel.major() == Negotiation.MAJOR && kernel.minor() < Negotiation.OLDEST_MINOR) {
            throw new FsException(
                    Errno.EPROTO,
                    "the kernel speaks FUSE " + kernel.major() + "." + kernel.minor() + "; " + Negotiation.MAJOR + "."
                            + Negotiation.OLDEST_MINOR + " (Linux 5.4) or later is needed");
        }
        long flags = flags(kernel);
        if (kernel.major() == Negotiation.MAJOR) {
            state.negotiated(kernel, flags);
        }
        new Negotiation.Answer(flags, state.settings.readAheadBytes(), MAX_BACKGROUND, Exchange.MAX_CONTENT)
                .put(exchange.answer());
        exchange.send();
        LOG.debug("FUSE {}.{}, flags {}", kernel.major(), kernel.minor(), Long.toHexString(flags));
        if (kernel.major() == Negotiation.MAJOR) {
            done.countDown();
        }
    }

    /** What is used of what the kernel offers. */
    private long flags(Negotiation kernel) {
        // An exact mount is told what to drop, so mtime, which its own writes change too, need not make it drop pages.
        long invalidation = state.isExact() ? Negotiation.EXPLICIT_INVAL_DATA : Negotiation.AUTO_INVAL_DATA;
        // Version 2 spares asking for security.capability before each write.
        long privilege = kernel.has(Negotiation.HANDLE_KILLPRIV_V2)
                ? Negotiation.HANDLE_KILLPRIV_V2
                : Negotiation.HANDLE_KILLPRIV;
        return kernel.flags() & (WANTED | invalidation | privilege);
    }

    /** Waits until the kernel and this side have agreed. @return whether they have */
    boolean await(long millis) throws InterruptedException {
        return done.await(millis, TimeUnit.MILLISECONDS);
    }

    /** The last request of all. */
    void destroy(Exchange exchange) throws IOException {
        exchange.sendDone();
    }
}
