package magma.vulcano;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import magma.dht.identity.Claims;
import magma.dht.identity.Invitation;
import magma.dht.identity.Role;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RefusedException;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.TransportSecurity;
import magma.dht.wire.Reply;
import magma.identity.Identity;
import org.jspecify.annotations.Nullable;

/** An operator's connection to a vulcano that runs. */
public final class VulcanoClient implements AutoCloseable {
    private final AdminClient client;

    private VulcanoClient(AdminClient client) {
        this.client = client;
    }

    /**
     * With the certificate that this user has for the network that is known to be there.
     *
     * @param address HOST:PORT
     * @throws UnreachableException when no vulcano answers there
     * @throws RefusalException when the vulcano refuses this client
     */
    public static VulcanoClient connect(String address) throws IOException {
        return connectAs(null, address);
    }

    /**
     * With the certificate in a file or directory of its own, see {@link magma.identity.IdentityFile}.
     *
     * @param identity null for the one that this user has for the network that is known to be there
     * @throws magma.identity.IdentityException when it is missing or damaged
     */
    public static VulcanoClient connectAs(@Nullable Path identity, String address) throws IOException {
        try (ClientCertificate certificate = Identities.forAddress(address, identity)) {
            return connect(address, certificate == null ? null : certificate.security());
        }
    }

    /**
     * With the certificate of the vulcano that runs on a data directory.
     *
     * @throws UnreachableException when none runs
     */
    public static VulcanoClient ofData(Path data) throws IOException {
        String address = DataDirectory.runningAddress(data)
                .orElseThrow(() -> new UnreachableException("no vulcano runs on " + data));
        Path own = data.resolve(Creation.IDENTITY);
        return connect(address, Identity.isIn(own) ? Identities.of(Identity.load(own)) : null);
    }

    static VulcanoClient connect(String address, @Nullable TransportSecurity security) throws IOException {
        RemoteSettings settings = RemoteSettings.of(NetAddress.parse(address), security);
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

    /** How a network is; {@link Reply.VulcanoStatus} says what each figure means. */
    public record Lava(String network, String name, long slices, List<VulcanoOf> vulcanos) {}

    /**
     * One vulcano of a network.
     *
     * @param state "up", "silent", "down", "left" or "expelled"
     * @param silentSeconds for how long the vulcano that answers has not heard a silent one; 0 for others
     */
    public record VulcanoOf(
            String id,
            String address,
            String state,
            long silentSeconds,
            String kind,
            String council,
            String version,
            int primaries,
            int backups,
            int behind,
            long flares,
            long storedBytes,
            long freeBytes) {}

    public Lava lava() throws IOException {
        Reply.LavaOf lava = client.lava();
        return new Lava(
                lava.network().toString(),
                lava.name(),
                lava.slices(),
                lava.vulcanos().stream().map(VulcanoClient::shown).toList());
    }

    private static VulcanoOf shown(Reply.VulcanoStatus v) {
        String silent = Reply.VulcanoStatus.SILENT + " ";
        boolean isSilent = v.state().startsWith(silent);
        return new VulcanoOf(
                v.id().toString(),
                v.address(),
                isSilent ? Reply.VulcanoStatus.SILENT : v.state(),
                isSilent ? Long.parseLong(v.state().substring(silent.length())) : 0,
                v.kind(),
                v.council(),
                v.version(),
                v.primaries(),
                v.backups(),
                v.behind(),
                v.flares(),
                v.storedBytes(),
                v.freeBytes());
    }

    /** A token with which one vulcano may join. */
    public String inviteVulcano(Duration validity) throws IOException {
        return client.invite(Invitation.ofVulcano(), validity);
    }

    /**
     * A token with which a client may join, as those that this user may claim to be.
     *
     * @param anyUid as anybody
     */
    public String inviteClient(String name, boolean anyUid, boolean readOnly, Duration validity) throws IOException {
        Claims claims = anyUid ? Claims.ANY : Me.claims();
        return client.invite(new Invitation(readOnly ? Role.READ_ONLY : Role.CLIENT, claims, name), validity);
    }

    /** A token with which one more operator may join, as those that this user may claim to be. */
    public String inviteOperator(String name, boolean anyUid, Duration validity) throws IOException {
        return client.invite(new Invitation(Role.OPERATOR, anyUid ? Claims.ANY : Me.claims(), name), validity);
    }

    /**
     * One certificate that the network's authority has signed.
     *
     * @param role "vulcano", "operator", "client" or "read-only"
     * @param name of a client or operator; a vulcano's id
     */
    public record CertificateOf(String serial, String role, String name, Instant expires, boolean revoked) {}

    /** All that are good, or were lately. */
    public List<CertificateOf> certificates() throws IOException {
        return client.certificates().certificates().stream()
                .map(each -> new CertificateOf(
                        each.serial(), each.role(), each.name(), Instant.ofEpochSecond(each.expires()), each.revoked()))
                .toList();
    }

    /**
     * Makes certificates worth nothing, and ends the connections of their holders.
     *
     * @param holder a serial number, or the name of a client or operator, of whom it is all
     * @return how many
     */
    public long revoke(String holder) throws IOException {
        return client.revoke(holder);
    }

    /** @param id of a vulcano */
    public void expel(String id) throws IOException {
        client.expel(new VulcanoId(UUID.fromString(id)));
    }

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

    /** Compares the replicas of every slice while they are in use. */
    public Findings compareReplicas() throws IOException {
        Reply.Findings findings = client.compareReplicas();
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
