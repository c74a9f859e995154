package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import magma.dht.identity.Claims;
import magma.dht.identity.Invitation;
import magma.dht.identity.Role;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RefusedException;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.TransportSecurity;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.identity.Identity;
import magma.identity.IdentityException;
import magma.identity.IdentityStore;
import magma.identity.TlsContexts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates from their issue to their end, in a network that runs. */
class CertificateTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @SuppressWarnings("NullAway.Init")
    private TestLava lava;

    @BeforeEach
    void make() throws IOException {
        lava = new TestLava(top);
        Vulcano unused = lava.found("first");
    }

    @AfterEach
    void close() {
        lava.close();
    }

    private TransportSecurity security(Identity identity) {
        return new TlsContexts(() -> identity, member -> false, lava.clock());
    }

    private AdminClient connect(Identity as) throws Exception {
        NetAddress address = NetAddress.parse(lava.vulcano("first").address());
        return new AdminClient(RemoteSettings.of(address, security(as)), "test");
    }

    /** Somebody joins; the identity lies in a directory of theirs. */
    private IdentityStore joined(String name) throws Exception {
        String token;
        try (AdminClient operator = connect(lava.founder())) {
            token = operator.invite(
                    new Invitation(Role.CLIENT, Claims.of(Set.of(0), Set.of(0)), name), Duration.ofHours(1));
        }
        IdentityStore store = IdentityStore.in(top.resolve("home of " + name));
        Surroundings theirs = new Surroundings(lava.clock(), Build.LEVEL, () -> store);
        Membership.Joined joined = Membership.join(token, "nobody", null, theirs);
        assertThat(joined.holder()).contains("client " + name);
        assertThat(joined.addresses()).containsExactly(lava.vulcano("first").address());
        return store;
    }

    private List<String> listed() throws Exception {
        try (AdminClient operator = connect(lava.founder())) {
            return operator.certificates().certificates().stream()
                    .map(each -> each.role() + " " + each.name() + (each.revoked() ? " revoked" : ""))
                    .toList();
        }
    }

    @Test
    void identityIsFoundByTheNamesOfItsAddress() throws Exception {
        IdentityStore home = joined("alice");
        int port = NetAddress.parse(lava.vulcano("first").address()).port();
        for (String host : List.of("127.0.0.1", "localhost")) {
            try (ClientCertificate found = Identities.forAddress(host + ":" + port, home, lava.clock())) {
                assertThat(found).isNotNull();
            }
        }
        try (ClientCertificate other = Identities.forAddress("localhost:1", home, lava.clock())) {
            assertThat(other).isNull();
        }
    }

    @Test
    void identityInAFileIsForThoseWhoNameIt() throws Exception {
        Path file = top.resolve("backup.pem");
        String address = lava.vulcano("first").address();
        IdentityStore store = IdentityStore.in(top.resolve("nobody's home"));
        Surroundings theirs = new Surroundings(lava.clock(), Build.LEVEL, () -> store);
        String token;
        try (AdminClient operator = connect(lava.founder())) {
            token = operator.invite(
                    new Invitation(Role.CLIENT, Claims.of(Set.of(0), Set.of(0)), "backup"), Duration.ofHours(1));
        }
        assertThat(Membership.join(token, "nobody", file, theirs).holder()).contains("client backup");
        assertThat(store.list()).isEmpty();
        try (ClientCertificate certificate = Identities.forAddress(address, file)) {
            assertThat(Objects.requireNonNull(certificate)
                            .identity()
                            .principal()
                            .name())
                    .isEqualTo("backup");
        }
        try (VulcanoClient client = VulcanoClient.connectAs(file, address)) {
            assertThat(client.status().network()).isNotNull();
        }
        Path missing = top.resolve("missing.pem");
        assertThatThrownBy(() -> VulcanoClient.connectAs(missing, address))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void everyCertificateIsListedAndAClientsCanBeRevoked() throws Exception {
        Identity alice = joined("alice").findDefault().orElseThrow().identity();
        Identity bob = joined("bob").findDefault().orElseThrow().identity();
        lava.certificate("first").look();
        assertThat(listed())
                .containsExactlyInAnyOrder(
                        "vulcano " + lava.node("first").id(),
                        "operator " + lava.founder().principal().name(),
                        "client alice",
                        "client bob");
        try (AdminClient open = connect(alice);
                AdminClient other = connect(bob);
                AdminClient operator = connect(lava.founder())) {
            assertThat(open.status().name()).isEqualTo("lava");
            assertThatThrownBy(() -> open.revoke("bob")).hasMessageContaining("EPERM");
            assertThat(operator.revoke("alice")).isEqualTo(1);
            assertThatThrownBy(() -> operator.revoke("alice")).hasMessageContaining("no certificate");
            assertThatThrownBy(open::status).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> connect(alice))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Signal.Reason.REVOKED))
                    .hasMessageContaining("client alice was revoked");
            assertThat(other.status().name()).isEqualTo("lava");
            assertThat(operator.revoke(bob.principal().serial())).isEqualTo(1);
        }
        assertThat(listed()).contains("client alice revoked", "client bob revoked");
    }

    @Test
    void certificatesRenewThemselvesAndExpiredOnesSayWhatToDo() throws Exception {
        IdentityStore store = joined("alice");
        IdentityStore.Entry entry = store.findDefault().orElseThrow();
        String address = lava.vulcano("first").address();
        Identity before = entry.identity();
        try (ClientCertificate early = ClientCertificate.of(entry, address, lava.clock())) {
            assertThat(early.identity().principal().serial())
                    .isEqualTo(before.principal().serial());
        }
        lava.moveClock(Duration.ofDays(70));
        OwnCertificate own = lava.certificate("first");
        own.look();
        own.look();
        assertThat(listed().stream().filter(each -> each.startsWith("vulcano"))).hasSize(2);
        try (ClientCertificate due = ClientCertificate.of(entry, address, lava.clock())) {
            assertThat(due.identity().principal().serial())
                    .isNotEqualTo(before.principal().serial());
            assertThat(due.identity().expires()).isAfter(before.expires());
        }
        assertThat(entry.identity().expires()).isAfter(before.expires());
        // The one that was renewed goes on when the first would have expired, at vulcanos that renewed theirs too.
        lava.moveClock(Duration.ofDays(30));
        try (AdminClient client = connect(entry.identity())) {
            assertThat(client.status().name()).isEqualTo("lava");
        }
        assertThatThrownBy(() -> connect(before))
                .hasMessageContaining("expired at")
                .hasMessageContaining("new token");
        // Off for too long: the vulcano helps itself, the client is told how.
        lava.stop("first");
        lava.moveClock(Duration.ofDays(200));
        Vulcano unused = lava.restart("first");
        lava.certificate("first").look();
        assertThatThrownBy(() -> ClientCertificate.of(entry, address, lava.clock()))
                .isInstanceOf(RefusalException.class)
                .hasMessageContaining("magma invite --client alice")
                .hasMessageContaining("magma join");
        Identity vulcano = Identity.load(lava.data("first").resolve("identity"));
        assertThat(vulcano.isExpired(lava.clock().instant())).isFalse();
        try (AdminClient client = connect(vulcano)) {
            assertThat(client.certificates().certificates())
                    .anyMatch(each -> each.serial().equals(vulcano.principal().serial()));
        }
    }

    @Test
    void anExpelledVulcanoEndsAndSaysWhyAndDoesNotComeBack() throws Exception {
        Vulcano second = lava.join("second", VulcanoSettings::asWitness);
        lava.when("first", state -> state.members().size() == 2);
        lava.certificate("second").look();
        String id = lava.node("second").id().toString();
        CompletableFuture<Void> end = CompletableFuture.runAsync(() -> {
            try {
                second.awaitEnd();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        Identity identity = Identity.load(lava.data("second").resolve("identity"));
        try (VulcanoClient operator = lava.operator("first")) {
            operator.expel(id);
        }
        assertThatThrownBy(() -> connect(identity))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Signal.Reason.REVOKED));
        // It learns of it when it next speaks to another.
        CompletableFuture<Reply> unused =
                lava.node("second").peers().call(lava.node("first").id(), new PeerRequest.TakeCensus());
        end.get(TestLava.PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(second.refusal())
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("was expelled", "with a token, in an empty directory"));
        assertThatThrownBy(() -> lava.restart("second"))
                .isInstanceOf(RefusalException.class)
                .hasMessageContaining("was expelled");
        assertThat(listed()).contains("vulcano " + id + " revoked");
    }

    @Test
    void theAuthorityIsPutAwayAndMakesAnOperatorAgain() throws Exception {
        char[] passphrase = "five words of a song".toCharArray();
        String pem = Membership.exportAuthority(lava.data("first"), passphrase);
        assertThat(pem).contains("ENCRYPTED PRIVATE KEY").doesNotContain("BEGIN PRIVATE KEY");
        IdentityStore store = IdentityStore.in(top.resolve("new home"));
        Surroundings theirs = new Surroundings(lava.clock(), Build.LEVEL, () -> store);
        String address = lava.vulcano("first").address();
        assertThatThrownBy(() -> Membership.importAuthority(pem, "something else".toCharArray(), address, theirs))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("passphrase is wrong");
        assertThat(Membership.importAuthority(pem, passphrase, address, theirs).holder())
                .startsWith("operator");
        Identity again = store.findDefault().orElseThrow().identity();
        try (AdminClient operator = connect(again)) {
            assertThat(operator.certificates().certificates())
                    .anyMatch(each -> each.serial().equals(again.principal().serial()));
        }
        assertThatThrownBy(() -> Membership.exportAuthority(top, passphrase)).isInstanceOf(RefusalException.class);
    }
}
