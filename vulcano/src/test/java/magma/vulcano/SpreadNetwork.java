package magma.vulcano;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.dht.slice.SliceMap;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.Volume;
import magma.testkit.storage.MemoryStorage;

/** One network of three vulcanos for many tests: each has a directory of it for its root, and each of its sessions is at the next vulcano. */
final class SpreadNetwork implements AutoCloseable {
    private static final int SLICES = 16;
    private static final int MIB = 1 << 20;

    /** Nobody has anything open when a slice comes to be led by another here. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final TestNetwork network;
    private final List<RemoteVolume> volumes;
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger roots = new AtomicInteger();

    private SpreadNetwork(TestNetwork network, List<RemoteVolume> volumes) {
        this.network = network;
        this.volumes = volumes;
    }

    /** Returns when every slice is in sync everywhere, led by whom it is to be led by, and waits for nobody any more. */
    static SpreadNetwork start(Path directory) throws Exception {
        TestNetwork network =
                new TestNetwork(directory, SliceMap.even(SLICES), () -> new MemoryStorage(4L << 30, MIB), GRACE);
        List<LavaNode> nodes = network.of(3);
        Networks.awaitSpread(nodes);
        for (LavaNode node : nodes) {
            node.settled().get(Networks.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        return new SpreadNetwork(
                network,
                nodes.stream()
                        .map(node -> new RemoteVolume(RemoteSettings.of(node.address())))
                        .toList());
    }

    /** A directory with nothing in it, as a volume. */
    Volume fresh() throws FsException {
        Name name = Name.of("root" + roots.incrementAndGet());
        try (FileSystem maker = next().openSession("maker", ChangeListener.NONE)) {
            Key root =
                    maker.makeDirectory(Caller.ROOT, maker.root(), name, 0755).key();
            return (client, listener) -> rooted(next().openSession(client, listener), root);
        }
    }

    private RemoteVolume next() {
        return volumes.get(Math.floorMod(sessions.getAndIncrement(), volumes.size()));
    }

    private static FileSystem rooted(FileSystem session, Key root) {
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(),
                new Class<?>[] {FileSystem.class},
                (proxy, method, arguments) ->
                        isAboutRoot(method, arguments, root) ? root : call(session, method, arguments));
    }

    private static boolean isAboutRoot(Method method, Object[] arguments, Key root) {
        return method.getName().equals("root") || method.getName().equals("parent") && root.equals(arguments[0]);
    }

    private static Object call(FileSystem session, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(session, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() {
        volumes.forEach(RemoteVolume::close);
        network.close();
    }
}
