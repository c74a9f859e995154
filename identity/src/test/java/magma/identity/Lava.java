package magma.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.TransportSecurity;

/** A network for tests: its authority, those it certifies, those it revoked, and the time it is there. */
final class Lava implements InstantSource {
    static final Instant FOUNDED = Instant.parse("2026-03-01T12:00:00Z");
    static final Claims ALICE = Claims.of(Set.of(1001), Set.of(1001));

    final UUID network = UUID.randomUUID();
    final Authority authority;
    final Set<String> revoked = ConcurrentHashMap.newKeySet();
    private volatile Instant now = FOUNDED;

    Lava() {
        authority = Authority.create(network, "lava", this);
    }

    @Override
    public Instant instant() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    Identity vulcano() {
        return issue(Principal.ofVulcano(network, new VulcanoId(UUID.randomUUID())));
    }

    Identity issue(Role role, String name, Claims claims) {
        return issue(new Principal(network, role, name, claims, ""));
    }

    private Identity issue(Principal principal) {
        return Identity.issue(authority, principal, now);
    }

    boolean isRevoked(Principal holder) {
        return revoked.contains(holder.serial());
    }

    TransportSecurity security(Identity identity) {
        return new TlsContexts(() -> identity, this::isRevoked, this);
    }
}
