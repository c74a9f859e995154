package magma.vulcano;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import magma.council.ratis.CouncilSettings;
import magma.council.ratis.RatisCouncil;
import magma.dht.council.Council;
import magma.dht.council.CouncilState;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.dht.identity.TokenException;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Storage;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.PeerRequest.DeathNotice;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import magma.identity.Applicant;
import magma.identity.Authority;
import magma.identity.Identity;
import magma.identity.IdentityStore;
import magma.identity.NetworkSecret;
import magma.identity.SealedAuthority;
import magma.identity.TlsContexts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a vulcano comes to be one of a network: it makes one, joins one, or was of one before. */
final class NodeStart {
    private static final Logger log = LoggerFactory.getLogger(NodeStart.class);

    private final VulcanoSettings settings;
    private final Surroundings around;
    private final DataDirectory directory;
    private final VulcanoId self;

    /** The data directory is this process's since then. */
    private final long since = System.nanoTime();

    private final AtomicReference<Council> council = new AtomicReference<>();
    private final Map<VulcanoId, NetAddress> contacts = new LinkedHashMap<>();
    private final Keeper keeper = Keeper.of(System.getenv());

    /** The authority's key of a network that is being made; null for one that is there. */
    private @Nullable Authority authority;

    private @Nullable SealedAuthority sealed;

    private NodeStart(VulcanoSettings settings, Surroundings around, DataDirectory directory) {
        this.settings = settings;
        this.around = around;
        this.directory = directory;
        this.self = new VulcanoId(directory.network().vulcano());
    }

    /** For this process's death. */
    Keeper keeper() {
        return keeper;
    }

    /** A node that serves, and where members come and go. */
    record Started(LavaNode node, NetworkDesk desk, OwnCertificate certificate) {}

    /** Makes a new network, or makes ready for one that is there; {@link #start} follows. */
    static NodeStart over(VulcanoSettings settings, Surroundings around, DataDirectory directory) throws IOException {
        if (settings.witness() && !directory.network().isWitness()) {
            throw new RefusalException(directory.path()
                    + " is of a vulcano that stores, and cannot become a witness. A witness joins with a token, in an"
                    + " empty directory.");
        }
        NodeStart start = new NodeStart(settings, around, directory);
        if (directory.isNew()) {
            start.found();
        }
        return start;
    }

    /** Becomes a member by a token. */
    static NodeStart joining(VulcanoSettings settings, Surroundings around, String text) throws IOException {
        Token token;
        try {
            token = Token.parse(text, around.clock().instant());
        } catch (TokenException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        DataDirectory.checkRoom(settings.data());
        MemberKind kind = settings.witness() ? MemberKind.WITNESS : MemberKind.STORING;
        VulcanoId id = new VulcanoId(UUID.randomUUID());
        Applicant applicant = Applicant.create();
        Reply.Joined joined = ask(settings, around, token, applicant.joinRequest(token, id.toString()));
        DataDirectory directory = DataDirectory.create(
                settings.data(),
                new NetworkFile(
                        joined.network(),
                        joined.name(),
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        magma.dht.slice.SliceMap.even(DataDirectory.SLICES),
                        id.uuid(),
                        kind));
        NodeStart start = new NodeStart(settings, around, directory);
        applicant.joined(joined.reply(), token).save(directory.identity());
        var secrets = joined.reply().forVulcano();
        if (secrets == null) {
            throw new RefusalException("the token is for a client, not for a vulcano: magma invite makes one");
        }
        NetworkSecret.of(secrets.networkSecret()).save(directory.identity());
        joined.members()
                .forEach(contact ->
                        start.contacts.put(new VulcanoId(contact.vulcano()), NetAddress.parse(contact.address())));
        return start;
    }

    private static Reply.Joined ask(VulcanoSettings settings, Surroundings around, Token token, JoinRequest request)
            throws IOException {
        List<String> addresses = settings.contact() == null ? token.addresses() : List.of(settings.contact());
        IOException last = new UnreachableException("the token names no vulcano");
        for (String address : addresses) {
            RemoteSettings remote =
                    RemoteSettings.of(NetAddress.parse(address), TlsContexts.joining(token, around.clock()));
            try (AdminClient client = AdminClient.joining(remote, "a new vulcano")) {
                return client.join(new AdminRequest.Join(request, settings.witness(), around.level()));
            } catch (FsException e) {
                throw new RefusalException(String.valueOf(e.getMessage()), e);
            } catch (IOException e) {
                last = new UnreachableException(String.valueOf(e.getMessage()), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while joining", e);
            }
        }
        throw last;
    }

    private void found() throws IOException {
        UUID network = directory.network().network();
        Authority made = Authority.create(network, directory.network().name(), around.clock());
        NetworkSecret secret = NetworkSecret.draw();
        Identity.issue(made, Principal.ofVulcano(network, self), around.clock().instant())
                .save(directory.identity());
        secret.save(directory.identity());
        authority = made;
        sealed = SealedAuthority.seal(made, secret);
    }

    DataDirectory directory() {
        return directory;
    }

    /** Starts, and makes what is new durable. */
    Started start(Administration administration, java.util.function.Consumer<Throwable> failed) throws IOException {
        boolean isNew = directory.isNew();
        NodeDisk disk = NodeDisk.open(directory);
        Storage storage = disk.storage();
        NetworkSecret secret;
        AtomicReference<Identity> identity = new AtomicReference<>();
        try {
            secret = NetworkSecret.load(directory.identity());
            identity.set(valid(Identity.load(directory.identity()), secret));
        } catch (IOException e) {
            storage.close();
            throw e;
        }
        TlsContexts security = new TlsContexts(identity::get, this::isRevoked, around.clock());
        LavaNode node = LavaNode.start(new NodeParts(
                self,
                directory.network().network(),
                incarnation(),
                since,
                disk.clean(),
                disk.cleaned(),
                new Notary(directory.network().network(), secret.bytes()),
                around.level(),
                Vulcano.bootId(),
                storage,
                settings.listen(),
                security,
                this::seat,
                contacts,
                administration,
                failed));
        try {
            if (!disk.clean()) {
                log.warn("The power was lost here: the council is told, and what others have meanwhile is taken over");
            }
            if (isNew) {
                directory.found();
            }
            entrust(node, secret);
            NetworkDesk desk = new NetworkDesk(
                    self, node.council(), new Lookout(self, node.peers(), node.contacts()), secret, around.clock());
            rememberOperator(node, desk);
            OwnCertificate certificate = new OwnCertificate(directory.identity(), identity, desk, around);
            certificate.start();
            return new Started(node, desk, certificate);
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    /** The keeper always has what to say, and to whom. */
    private void entrust(LavaNode node, NetworkSecret secret) {
        DeathNotice own = new Notary(directory.network().network(), secret.bytes()).seal(self, node.incarnation());
        node.council().watch(state -> {
            List<NetAddress> others = state.members().values().stream()
                    .filter(member -> member.joined() && !member.id().equals(self))
                    .filter(member -> !member.address().isEmpty())
                    .map(member -> NetAddress.parse(member.address()))
                    .toList();
            keeper.entrust(own, others);
        });
    }

    private Identity valid(Identity own, NetworkSecret secret) throws IOException {
        CouncilState known = directory.isNew() ? null : RatisCouncil.lastSeen(directory.council());
        if (known == null || !own.isExpired(around.clock().instant())) {
            return own;
        }
        Identity again = OwnCertificate.again(own, known, secret, around);
        again.save(directory.identity());
        return again;
    }

    /** Microseconds since 1970: grows from one start to the next. */
    private static long incarnation() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    /** By serial number; a vulcano that has gone has no certificate that is good, be it noted or not. */
    private boolean isRevoked(Principal holder) {
        Council known = council.get();
        if (known == null) {
            return false;
        }
        CouncilState state = known.state();
        if (holder.role() == Role.VULCANO) {
            Member member = state.member(holder.vulcano());
            if (member != null && !member.joined()) {
                return true;
            }
        }
        return state.revoked().contains(holder.serial());
    }

    private CouncilSeat seat(CouncilSeat.Asking asking) throws IOException {
        CouncilSettings own = new CouncilSettings(self, directory.council(), asking::ask);
        RatisCouncil taken;
        if (!directory.isNew()) {
            taken = RatisCouncil.open(own);
        } else if (sealed == null) {
            taken = RatisCouncil.join(own, contacts.keySet());
        } else {
            taken = RatisCouncil.found(own, first(sealed));
        }
        council.set(taken);
        return new CouncilSeat(taken, taken::handle);
    }

    private CouncilState first(SealedAuthority key) {
        NetworkFile network = directory.network();
        CouncilState bare = CouncilState.found(
                new Founding(1, UUID.randomUUID()),
                network.network(),
                network.name(),
                Member.joining(self, "", MemberKind.STORING),
                network.slices());
        return bare.withAuthority(key.toBytes());
    }

    /** Who makes a network runs it: their certificate goes where the command looks for it. */
    private void rememberOperator(LavaNode node, NetworkDesk desk) throws IOException {
        IdentityStore store = around.people().identities();
        String address = node.address().toString();
        Authority made = authority;
        if (made != null) {
            Principal operator =
                    new Principal(directory.network().network(), Role.OPERATOR, Me.name(), Me.claims(), "");
            Identity issued = Identity.issue(made, operator, around.clock().instant());
            desk.note(issued.principal(), issued.expires());
            Identities.add(store, issued, List.of(address));
            authority = null;
            return;
        }
        try {
            rememberAddress(store, address);
        } catch (IOException e) {
            // Another vulcano of this machine may be at it.
            log.info("The address {} is not noted for this user's commands: {}", address, e.getMessage());
        }
    }

    private void rememberAddress(IdentityStore store, String address) throws IOException {
        for (IdentityStore.Entry entry : store.list()) {
            if (entry.network().equals(directory.network().network())) {
                List<String> addresses = new ArrayList<>(entry.addresses());
                addresses.remove(address);
                addresses.add(0, address);
                entry.setAddresses(addresses.subList(0, Math.min(addresses.size(), 16)));
            }
        }
    }
}
