package magma.fuse;

import java.io.IOException;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Opcode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands each request to its handler, and sees to it that each is answered, whatever happens there. */
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Invalidations invalidations;
    private final InitHandler init;
    private final NodeHandlers nodes;
    private final TreeHandlers tree;
    private final FileHandlers files;
    private final DirectoryHandlers directories;
    private final XattrHandlers xattrs;
    private final LockHandlers locks;

    Dispatcher(MountState state, InitHandler init) {
        this.invalidations = state.invalidations;
        this.init = init;
        this.nodes = new NodeHandlers(state);
        this.tree = new TreeHandlers(state);
        this.locks = new LockHandlers(state);
        this.files = new FileHandlers(state, locks);
        this.directories = new DirectoryHandlers(state);
        this.xattrs = new XattrHandlers(state);
    }

    /** Answers the request that {@code exchange} has received. @throws IOException when the channel is broken */
    void answer(Exchange exchange) throws IOException {
        Opcode opcode = null;
        try {
            exchange.open();
            opcode = Opcode.of(exchange.header().opcode());
            if (opcode == null) {
                throw new FsException(
                        Errno.ENOSYS, "opcode " + exchange.header().opcode());
            }
            if (opcode.mayHoldLocks()) {
                invalidations.requestBegins();
                try {
                    dispatch(opcode, exchange);
                } finally {
                    invalidations.requestEnds();
                }
            } else {
                dispatch(opcode, exchange);
            }
        } catch (FsException e) {
            boolean isGone = e.errno() == Errno.ENOENT && opcode != null && isOfOneNode(opcode);
            refuse(exchange, opcode, isGone ? Errno.ESTALE : e.errno());
            LOG.trace("{} refused", exchange.header(), e);
        } catch (MalformedMessageException e) {
            LOG.warn("A malformed request, {}: {}", exchange.header(), e.getMessage());
            refuse(exchange, opcode, Errno.EINVAL);
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "{} of node {} failed in a way that is not foreseen; answered with EIO",
                    opcode,
                    exchange.node(),
                    e);
            refuse(exchange, opcode, Errno.EIO);
        }
    }

    /**
     * Whether a request is about a node that the kernel found before, by whatever name. Where that is no more, because others removed it or another took its name, ESTALE has the kernel look the
     * name up anew, once; ENOENT would say that there is no such name.
     */
    private static boolean isOfOneNode(Opcode opcode) {
        return switch (opcode) {
            case GETATTR, STATX, SETATTR, ACCESS, READLINK, OPEN, OPENDIR, LINK -> true;
            case GETXATTR, SETXATTR, LISTXATTR, REMOVEXATTR -> true;
            default -> false;
        };
    }

    private static void refuse(Exchange exchange, @Nullable Opcode opcode, Errno errno) throws IOException {
        boolean isAwaited = exchange.header().unique() != 0 && (opcode == null || opcode.isAnswered());
        if (isAwaited && !exchange.isAnswered()) {
            exchange.sendError(errno);
        }
    }

    private void dispatch(Opcode opcode, Exchange exchange) throws IOException, MalformedMessageException {
        switch (opcode) {
            case LOOKUP -> nodes.lookup(exchange);
            case FORGET -> nodes.forget(exchange);
            case BATCH_FORGET -> nodes.batchForget(exchange);
            case GETATTR -> nodes.getAttributes(exchange);
            case STATX -> nodes.statx(exchange);
            case SETATTR -> nodes.setAttributes(exchange);
            case ACCESS -> nodes.access(exchange);
            case READLINK -> nodes.readLink(exchange);
            case STATFS -> nodes.statistics(exchange);
            case SYNCFS -> nodes.syncAll(exchange);
            case SYMLINK -> tree.symlink(exchange);
            case MKNOD -> tree.makeNode(exchange);
            case MKDIR -> tree.makeDirectory(exchange);
            case LINK -> tree.link(exchange);
            case UNLINK -> tree.unlink(exchange);
            case RMDIR -> tree.removeDirectory(exchange);
            case RENAME -> tree.rename(exchange);
            case RENAME2 -> tree.renameWithFlags(exchange);
            case OPEN -> files.open(exchange);
            case CREATE -> files.create(exchange);
            case READ -> files.read(exchange);
            case WRITE -> files.write(exchange);
            case FLUSH -> files.flush(exchange);
            case RELEASE -> files.release(exchange);
            case FSYNC -> files.sync(exchange);
            case FALLOCATE -> files.allocate(exchange);
            case LSEEK -> files.seek(exchange);
            case COPY_FILE_RANGE -> files.copyRange(exchange);
            case COPY_FILE_RANGE_64 -> files.copyLongRange(exchange);
            case OPENDIR -> directories.open(exchange);
            case READDIR -> directories.read(exchange);
            case READDIRPLUS -> directories.readWithAttributes(exchange);
            case RELEASEDIR -> directories.release(exchange);
            case FSYNCDIR -> directories.sync(exchange);
            case GETXATTR -> xattrs.get(exchange);
            case SETXATTR -> xattrs.set(exchange);
            case LISTXATTR -> xattrs.list(exchange);
            case REMOVEXATTR -> xattrs.remove(exchange);
            case GETLK -> locks.test(exchange);
            case SETLK -> locks.set(exchange);
            case SETLKW -> locks.setWaiting(exchange);
            case INTERRUPT -> locks.interrupt(exchange);
            case INIT -> init.init(exchange);
            case DESTROY -> init.destroy(exchange);
            case NOTIFY_REPLY -> LOG.debug("An answer to a question that is never asked");
            case BMAP, IOCTL, POLL, SETUPMAPPING, REMOVEMAPPING, TMPFILE -> exchange.sendError(Errno.ENOSYS);
        }
    }
}
