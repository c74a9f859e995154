package magma.vulcano;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RefusedException;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.wire.Reply;

/** An operator's connection to a vulcano that runs. */
public final class VulcanoClient implements AutoCloseable {
    private final AdminClient client;

    private VulcanoClient(AdminClient client) {
        this.client = client;
    }

    /**
     * @param address HOST:PORT
     * @throws IllegalArgumentException for an address that is not loopback
     * @throws UnreachableException when no vulcano answers there
     * @throws RefusalException when the vulcano refuses this client
     */
    public static VulcanoClient connect(String address) throws IOException {
        RemoteSettings settings = RemoteSettings.of(NetAddress.parse(address));
        try {
            return new VulcanoClient(new AdminClient(
                    settings, "operator, process " + ProcessHandle.current().pid()));
        } catch (RefusedException e) {
            throw new RefusalException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new UnreachableException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted while connecting to " + address, e);
        }
    }

    /** How a vulcano is; {@link Reply.StatusOf} says what each figure means. */
    public record Status(
            String network,
            String name,
            String version,
            long pid,
            Duration uptime,
            String listen,
            String data,
            long flares,
            long storedBytes,
            long freeBytes,
            long availableBytes,
            List<SliceOf> slices,
            List<SessionOf> sessions,
            List<String> mounts) {}

    /** One slice; keys as 40 hexadecimal digits. */
    public record SliceOf(long id, String first, String last, long epoch, String role, long records) {}

    /** One session. */
    public record SessionOf(String client, Duration age, int opens) {}

    /**
     * What a check found.
     *
     * @param total how many problems; at least as many as are named
     */
    public record Findings(List<String> checked, long total, List<String> problems) {}

    /** Where one record is. */
    public record Place(String what, String name, String key, long slice) {}

    public Status status() throws IOException {
        Reply.StatusOf s = client.status();
        return new Status(
                s.network().toString(),
                s.name(),
                s.software(),
                s.pid(),
                s.uptime(),
                s.listen(),
                s.data(),
                s.flares(),
                s.storedBytes(),
                s.freeBytes(),
                s.availableBytes(),
                s.slices().stream()
                        .map(x -> new SliceOf(
                                x.id(), x.first().toString(), x.last().toString(), x.epoch(), x.role(), x.records()))
                        .toList(),
                s.sessions().stream()
                        .map(x -> new SessionOf(x.client(), x.age(), x.opens()))
                        .toList(),
                s.mounts());
    }

    /** Returns when the vulcano has begun to stop. */
    public void stop() throws IOException {
        client.stop();
    }

    /** Checks the namespace while it is in use. */
    public Findings check() throws IOException {
        Reply.Findings findings = client.checkNamespace();
        return new Findings(findings.checked(), findings.total(), findings.problems());
    }

    /** @param path from the root of the filesystem */
    public List<Place> locate(String path) throws IOException {
        return client.locate(path.getBytes(StandardCharsets.UTF_8)).places().stream()
                .map(place -> new Place(place.what(), place.name(), place.key().toString(), place.slice()))
                .toList();
    }

    /** Returns when all is durable. */
    public void flush() throws IOException {
        client.flush();
    }

    @Override
    public void close() {
        client.close();
    }
}
