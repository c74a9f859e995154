package magma.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.replication.VulcanoId;
import org.junit.jupiter.api.Test;

class AuthorityTest {
    private final Lava lava = new Lava();

    private X509Certificate sign(Principal principal) throws Exception {
        Applicant applicant = Applicant.create();
        return lava.authority.sign(applicant.renewRequest().csr(), principal, lava.instant(), Authority.VALIDITY);
    }

    @Test
    void theCertificateNamesItsHolder() throws Exception {
        Claims most = Claims.of(
                new TreeSet<>(IntStream.range(0, Claims.MOST).boxed().toList()),
                new TreeSet<>(
                        IntStream.range(5_000, 5_000 + Claims.MOST).boxed().toList()));
        for (Principal principal : List.of(
                Principal.ofVulcano(lava.network, new VulcanoId(UUID.randomUUID())),
                new Principal(lava.network, Role.OPERATOR, "Ann O'Hara <ann@example.org>", Claims.ANY, ""),
                new Principal(lava.network, Role.CLIENT, "a/b c%20,=+;\"ü火", most, ""),
                new Principal(lava.network, Role.READ_ONLY, "backup", Claims.of(Set.of(-2), Set.of()), ""))) {
            X509Certificate certificate = sign(principal);
            String serial = certificate.getSerialNumber().toString(16);
            assertThat(Principals.of(certificate)).isEqualTo(principal.withSerial(serial));
            Certificates.checkSigned(certificate, lava.authority.certificate());
        }
    }

    /** Java reads some hosts of a URI as those of the internet, and others not. */
    @Test
    void anyNetworkCanBeNamed() throws Exception {
        for (String id : List.of(
                "00000000-0000-4000-8000-000000000000",
                "12345678-1234-4123-8123-123456789012",
                "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
                "1aaaaaaa-aaaa-4aaa-8aaa-0aaaaaaaaaaa",
                "ffffffff-ffff-4fff-8fff-0fffffffffff")) {
            UUID network = UUID.fromString(id);
            Authority authority = Authority.create(network, "lava", lava);
            Identity identity = Identity.issue(
                    authority, Principal.ofVulcano(network, new VulcanoId(UUID.randomUUID())), lava.instant());
            assertThat(identity.network()).isEqualTo(network);
        }
    }

    @Test
    void theNameAndClaimsStandInTheCertificateAsTheyDid() throws Exception {
        assertThat(Principals.uri(new UUID(1, 2), "client", "ann b/ü"))
                .isEqualTo("magma://00000000-0000-0001-0000-000000000002/client/ann%20b%2F%C3%BC");
        assertThat(HexFormat.of().formatHex(Principals.claims(Claims.of(Set.of(1001), Set.of(100, 1001)))))
                .isEqualTo("01" + "00" + "00000001000003e9" + "0000000200000064000003e9");
        assertThat(HexFormat.of().formatHex(Principals.claims(Claims.ANY)))
                .isEqualTo("01" + "01" + "00000000" + "00000000");
    }

    /** Certificates live for months: what an older release signed must be read by a later one. */
    @Test
    void aCertificateOfTheFirstReleaseIsRead() throws Exception {
        byte[] pem;
        try (java.io.InputStream in = AuthorityTest.class.getResourceAsStream("golden.pem")) {
            pem = java.util.Objects.requireNonNull(in).readAllBytes();
        }
        List<X509Certificate> chain = Certificates.ofDer(Pem.decode("golden.pem", Pem.CERTIFICATE, pem));
        Certificates.checkSigned(chain.get(0), chain.get(1));
        Principal principal = Principals.of(chain.get(0));
        assertThat(principal)
                .isEqualTo(new Principal(
                        UUID.fromString("0b0c8a5e-9f6e-4d53-8a43-6d2f3f1f5c11"),
                        Role.OPERATOR,
                        "ann",
                        Claims.of(Set.of(0, 1001), Set.of(0, 100, 1001)),
                        principal.serial()));
        assertThat(Principals.networkOf(chain.get(1))).isEqualTo(principal.network());
        assertThat(Principals.nameOfAuthority(chain.get(1))).isEqualTo("lava");
    }

    @Test
    void certificatesLiveForNinetyDaysAndAreDueAfterSixty() {
        Identity identity = lava.vulcano();
        assertThat(identity.expires()).isEqualTo(Lava.FOUNDED.plus(Duration.ofDays(90)));
        assertThat(identity.isDueForRenewal(Lava.FOUNDED.plus(Duration.ofDays(59))))
                .isFalse();
        assertThat(identity.isDueForRenewal(Lava.FOUNDED.plus(Duration.ofDays(60))))
                .isTrue();
        assertThat(identity.isExpired(Lava.FOUNDED.plus(Duration.ofDays(90)))).isFalse();
        assertThat(identity.isExpired(Lava.FOUNDED.plus(Duration.ofDays(90)).plusSeconds(1)))
                .isTrue();
    }

    @Test
    void requestsThatAreNoneAreRefused() throws Exception {
        Principal ann = new Principal(lava.network, Role.CLIENT, "ann", Claims.ANY, "");
        byte[] csr = Applicant.create().renewRequest().csr();
        byte[] forged = csr.clone();
        forged[forged.length - 3] ^= 1;
        byte[] truncated = java.util.Arrays.copyOf(csr, csr.length - 9);
        for (byte[] bad : List.of(new byte[0], new byte[] {1, 2, 3}, truncated, forged)) {
            assertThatThrownBy(() -> lava.authority.sign(bad, ann, lava.instant(), Authority.VALIDITY))
                    .isInstanceOf(IdentityException.class);
        }
    }

    @Test
    void otherKindsOfKeysAreNotCertified() throws Exception {
        Principal ann = new Principal(lava.network, Role.CLIENT, "ann", Claims.ANY, "");
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        var rsa = generator.generateKeyPair().getPublic();
        assertThatThrownBy(() -> lava.authority.sign(rsa, ann, lava.instant(), Authority.VALIDITY))
                .hasMessageContaining("P-256");
        KeyPairGenerator curves = KeyPairGenerator.getInstance("EC");
        curves.initialize(new java.security.spec.ECGenParameterSpec("secp384r1"));
        var p384 = curves.generateKeyPair().getPublic();
        assertThatThrownBy(() -> lava.authority.sign(p384, ann, lava.instant(), Authority.VALIDITY))
                .hasMessageContaining("P-256");
    }

    @Test
    void anAuthorityCertifiesItsOwnNetworkOnly() {
        Principal foreign = new Principal(UUID.randomUUID(), Role.CLIENT, "ann", Claims.ANY, "");
        assertThatThrownBy(() -> Identity.issue(lava.authority, foreign, lava.instant()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anotherAuthorityOfTheSameNetworkIsNotBelieved() {
        Authority forger = Authority.create(lava.network, "lava", lava);
        Identity forged = Identity.issue(
                forger, Principal.ofVulcano(lava.network, new VulcanoId(UUID.randomUUID())), lava.instant());
        assertThatThrownBy(() -> Certificates.checkSigned(forged.certificate(), lava.authority.certificate()))
                .isInstanceOf(CertificateException.class)
                .hasMessageContaining("of another network");
    }

    @Test
    void aMemberCannotCertify() {
        Identity member = lava.vulcano();
        assertThatThrownBy(() -> Certificates.checkSigned(member.certificate(), member.certificate()))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> new Authority(member.key(), member.certificate()))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> Principals.of(lava.authority.certificate())).isInstanceOf(CertificateException.class);
    }

    @Test
    void theSealedAuthorityOpensWithTheNetworksSecretOnly() throws IOException {
        NetworkSecret secret = NetworkSecret.draw();
        byte[] sealed = SealedAuthority.seal(lava.authority, secret).toBytes();
        Authority opened = SealedAuthority.ofBytes(sealed).open(NetworkSecret.of(secret.bytes()));
        assertThat(opened.certificate()).isEqualTo(lava.authority.certificate());
        assertThat(opened.key()).isEqualTo(lava.authority.key());
        assertThatThrownBy(() -> SealedAuthority.ofBytes(sealed).open(NetworkSecret.draw()))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("does not open");
        byte[] plain = lava.authority.key().getEncoded();
        assertThat(HexFormat.of().formatHex(sealed))
                .startsWith("4d47534101")
                .doesNotContain(HexFormat.of().formatHex(plain, plain.length - 32, plain.length));
    }

    @Test
    void everyChangedByteOfASealedAuthorityIsFound() throws IOException {
        NetworkSecret secret = NetworkSecret.draw();
        byte[] sealed = SealedAuthority.seal(lava.authority, secret).toBytes();
        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> SealedAuthority.ofBytes(changed).open(secret))
                    .as("byte " + i)
                    .isInstanceOf(IdentityException.class);
        }
    }

    @Test
    void anExportIsReadWithItsPassphraseOnly() throws IOException {
        String pem = AuthorityFile.export(lava.authority, "five words and a number 7".toCharArray());
        assertThat(pem).contains("BEGIN ENCRYPTED PRIVATE KEY", "BEGIN CERTIFICATE");
        Authority read = AuthorityFile.read(pem, "five words and a number 7".toCharArray());
        assertThat(read.certificate()).isEqualTo(lava.authority.certificate());
        assertThat(read.key()).isEqualTo(lava.authority.key());
        assertThatThrownBy(() -> AuthorityFile.read(pem, "five words and a number 8".toCharArray()))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("passphrase is wrong");
    }

    @Test
    void exportsThatAreNoneAreRefused() {
        String pem = AuthorityFile.export(lava.authority, "correct horse".toCharArray());
        String other = AuthorityFile.export(new Lava().authority, "correct horse".toCharArray());
        String mixed =
                pem.substring(0, pem.indexOf("-----BEGIN CERT")) + other.substring(other.indexOf("-----BEGIN CERT"));
        for (String bad : List.of(
                "",
                "hello",
                pem.substring(0, pem.length() / 2),
                pem.replace("ENCRYPTED PRIVATE KEY", "PRIVATE KEY"),
                mixed)) {
            assertThatThrownBy(() -> AuthorityFile.read(bad, "correct horse".toCharArray()))
                    .isInstanceOf(IdentityException.class);
        }
        assertThatThrownBy(() -> AuthorityFile.export(lava.authority, "short".toCharArray()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
