package magma.it.faults;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
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

    /** A session, as the operator, at the first of these vulcanos that answers; it goes on at others. */
    static FileSystem session(List<String> addresses, List<AutoCloseable> endings) throws IOException {
        Identity operator = IdentityStore.of(System.getenv())
                .findDefault()
                .orElseThrow(() -> new IOException("the network's operator has no identity"))
                .identity();
        TransportSecurity security = new TlsContexts(() -> operator, serial -> false, InstantSource.system());
        RemoteVolume volume = new RemoteVolume(addresses.stream()
                .map(address -> RemoteSettings.of(NetAddress.parse(address), security))
                .toList());
        endings.add(0, volume);
        FileSystem session = volume.openSession("faults", ChangeListener.NONE);
        endings.add(0, session);
        return session;
    }

    /**
     * One more client, at work when this returns.
     *
     * @param outside whether it stays at a vulcano that is to be struck: how long it waits does not count, what it sees does
     */
    void add(String name, List<String> addresses, boolean outside, long seed) throws IOException {
        Gauge gauge = new Gauge();
        Files files = new Files(session(addresses, sessions), directory, gauge);
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

    /** Whether each client that is not to stay with what is struck has had a call done that began after that moment. */
    boolean isMovingSince(long nanos) {
        return inside.stream().allMatch(client -> client.gauge().lastBegun() > nanos);
    }

    /** What those that have not been so are at. */
    String standingSince(long nanos) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).gauge().lastBegun() <= nanos) {
                text.append("\n    client ").append(threads.get(i).getName());
                for (StackTraceElement element : threads.get(i).getStackTrace()) {
                    text.append("\n\tat ").append(element);
                }
            }
        }
        return text.toString();
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

    /** The longest wait of a client. */
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

    /** The calls that took long: when each began, in seconds since then, and for how long. */
    String slowSince(long nanos) {
        return inside.stream()
                .flatMap(client -> client.gauge().slow().stream())
                .sorted(Comparator.comparingLong(Gauge.Slow::began))
                .map(call ->
                        String.format("%s %+.2f: %.2f", call.call(), (call.began() - nanos) / 1e9, call.took() / 1e9))
                .collect(Collectors.joining(", "));
    }

    /** Failures seen by clients. */
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
