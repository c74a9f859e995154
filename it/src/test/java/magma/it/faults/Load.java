package magma.it.faults;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.dht.transport.netty.TransportSecurity;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.identity.Identity;
import magma.identity.IdentityStore;
import magma.identity.TlsContexts;

/** The clients of one round, each with a session of its own. */
final class Load implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;

    private final Registers registers;
    private final Key directory;
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<AutoCloseable> sessions = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<LoadClient> inside = new ArrayList<>();
    private final List<LoadClient> all = new ArrayList<>();

    /** @param directory where they work */
    Load(Registers registers, Key directory) {
        this.registers = registers;
        this.directory = directory;
    }

    /** A session at a vulcano, as the operator. */
    static FileSystem session(String address, List<AutoCloseable> endings) throws IOException {
        Identity operator = IdentityStore.of(System.getenv())
                .findDefault()
                .orElseThrow(() -> new IOException("the network's operator has no identity"))
                .identity();
        TransportSecurity security = new TlsContexts(() -> operator, serial -> false, InstantSource.system());
        RemoteVolume volume = new RemoteVolume(RemoteSettings.of(NetAddress.parse(address), security));
        endings.add(0, volume);
        FileSystem session = volume.openSession("faults", ChangeListener.NONE);
        endings.add(0, session);
        return session;
    }

    /**
     * One more client, at work when this returns.
     *
     * @param outside whether the fault is to strike its vulcano: how long it waits does not count, what it sees does
     */
    void add(String name, String address, boolean outside, long seed) throws IOException {
        Gauge gauge = new Gauge();
        Files files = new Files(session(address, sessions), directory, gauge);
        LoadClient client = new LoadClient(name, files, gauge, registers, over, seed);
        all.add(client);
        if (!outside) {
            inside.add(client);
        }
        Thread thread = new Thread(client, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    List<LoadClient> clients() {
        return all;
    }

    /** Whether each client whose vulcano works has had a call done that began after that moment. */
    boolean isMovingSince(long nanos) {
        return inside.stream().allMatch(client -> client.gauge().lastBegun() > nanos);
    }

    /** @throws IOException when a client does not end */
    void stop() throws IOException, InterruptedException {
        over.set(true);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
            if (thread.isAlive()) {
                StringBuilder stack = new StringBuilder();
                for (StackTraceElement element : thread.getStackTrace()) {
                    stack.append("\n\tat ").append(element);
                }
                throw new IOException("client " + thread.getName() + " hangs:" + stack);
            }
        }
    }

    long acknowledged() {
        return all.stream()
                .mapToLong(client -> client.gauge().acknowledgedCount())
                .sum();
    }

    /** The longest wait of a client whose vulcano works. */
    double stallSeconds() {
        return inside.stream()
                        .mapToLong(client -> client.gauge().longest())
                        .max()
                        .orElse(0)
                / 1e9;
    }

    String longestCall() {
        LoadClient longest = inside.get(0);
        for (LoadClient client : inside) {
            longest = client.gauge().longest() > longest.gauge().longest() ? client : longest;
        }
        return longest.gauge().longestCall();
    }

    /** Failures seen by clients whose vulcano works. */
    Map<String, Integer> failures() {
        Map<String, Integer> sum = new TreeMap<>();
        for (LoadClient client : inside) {
            client.gauge().failures().forEach((what, count) -> sum.merge(what, count, Integer::sum));
        }
        return sum;
    }

    @Override
    public void close() {
        over.set(true);
        for (AutoCloseable session : sessions) {
            try {
                session.close();
            } catch (FsException e) {
                // The vulcano has gone.
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
