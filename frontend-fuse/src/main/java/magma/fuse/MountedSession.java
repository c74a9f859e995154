package magma.fuse;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;

/** A session of a volume and the session of the kernel that it serves; they end together. */
final class MountedSession {
    private final FileSystem fileSystem;
    private final KernelChannel channel;
    private final Invalidations invalidations;
    private final InitHandler init;
    private final Session session;
    private final CountDownLatch ended = new CountDownLatch(1);

    private MountedSession(
            FileSystem fileSystem,
            KernelChannel channel,
            Invalidations invalidations,
            InitHandler init,
            Session session) {
        this.fileSystem = fileSystem;
        this.channel = channel;
        this.invalidations = invalidations;
        this.init = init;
        this.session = session;
    }

    /** Opens a session of {@code volume} and serves {@code channel} with it, on threads of its own. */
    static MountedSession start(Volume volume, KernelChannel channel, String client, FuseSettings settings)
            throws FsException {
        LateListener listener = new LateListener();
        FileSystem fileSystem = volume.openSession(client, listener);
        NodeTable nodes = new NodeTable(fileSystem.root());
        Invalidations invalidations = new Invalidations(channel, nodes);
        listener.listener = invalidations;
        MountState state = new MountState(fileSystem, nodes, invalidations, settings);
        InitHandler init = new InitHandler(state);
        Session session = new Session(channel, new Dispatcher(state, init), client, settings.maxThreads());
        MountedSession mounted = new MountedSession(fileSystem, channel, invalidations, init, session);
        Thread end = new Thread(mounted::endWithKernel, client + "-end");
        end.setDaemon(true);
        session.start();
        end.start();
        return mounted;
    }

    Session session() {
        return session;
    }

    InitHandler init() {
        return init;
    }

    private void endWithKernel() {
        try {
            session.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        invalidations.close();
        fileSystem.close();
        channel.close();
        ended.countDown();
    }

    /** Ends the volume's session although the kernel still has users of the mount; they get errors from now on. */
    void abandon() {
        invalidations.close();
        fileSystem.close();
        ended.countDown();
    }

    /** Waits until what was open is closed. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** The volume may tell of changes before there is anything that could be out of date: nobody need hear of them. */
    private static final class LateListener implements ChangeListener {
        private volatile ChangeListener listener = ChangeListener.NONE;

        @Override
        public void changed(Change change) {
            listener.changed(change);
        }

        @Override
        public CompletionStage<Void> heard() {
            return listener.heard();
        }
    }
}
