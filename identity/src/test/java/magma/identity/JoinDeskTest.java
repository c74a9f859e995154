package magma.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import magma.dht.identity.Claims;
import magma.dht.identity.Invitation;
import magma.dht.identity.JoinReply;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.Principal;
import magma.dht.identity.RenewReply;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.fs.Errno;
import magma.fs.FsException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** From a token to a certificate, and from that to the next. */
class JoinDeskTest {
    private final Lava lava = new Lava();
    private final NetworkSecret secret = NetworkSecret.draw();
    private final Tokens tokens = new Tokens();
    private final Set<String> noted = new HashSet<>();
    private final JoinDesk desk = new JoinDesk(
            new JoinDesk.Safe(() -> SealedAuthority.seal(lava.authority, secret), secret),
            tokens,
            (holder, expires) -> noted.add(holder.serial()),
            lava.revoked::contains,
            lava);

    /** Redeems as the contract of {@link TokenRedeemer} says, in memory. */
    private static final class Tokens implements TokenRedeemer {
        private record Kept(byte[] verifier, Invitation invitation) {}

        private final Map<UUID, Kept> kept = new HashMap<>();
        private final Map<UUID, byte[]> taken = new HashMap<>();

        @Override
        public Invitation redeem(Redemption shown) throws FsException {
            Kept token = kept.get(shown.token());
            if (token == null || !MessageDigest.isEqual(token.verifier(), shown.verifier())) {
                throw new FsException(Errno.EACCES, "no such token");
            }
            byte[] key = taken.computeIfAbsent(shown.token(), first -> shown.key());
            if (!Arrays.equals(key, shown.key())) {
                throw new FsException(Errno.EACCES, "the token was used");
            }
            return token.invitation();
        }
    }

    private Token invite(Invitation invitation) throws Exception {
        byte[] random = new byte[Token.SECRET_BYTES];
        new java.util.Random(3).nextBytes(random);
        Token token = new Token(
                lava.network,
                UUID.randomUUID(),
                random,
                lava.authority.fingerprint(),
                lava.instant().plus(Duration.ofHours(1)),
                List.of("127.0.0.1:4610"));
        tokens.kept.put(token.id(), new Tokens.Kept(token.verifier(), invitation));
        return Token.parse(token.text(), lava.instant());
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void aVulcanoJoinsUnderItsOwnIdAndCanSignThen() throws Exception {
        Token token = invite(Invitation.ofVulcano());
        Applicant applicant = Applicant.create();
        String id = UUID.randomUUID().toString();
        JoinReply reply = desk.join(applicant.joinRequest(token, id));
        Identity identity = applicant.joined(reply, token);
        assertThat(identity.principal().role()).isEqualTo(Role.VULCANO);
        assertThat(identity.principal().name()).isEqualTo(id);
        JoinReply.ForVulcano more = java.util.Objects.requireNonNull(reply.forVulcano());
        Authority authority =
                SealedAuthority.ofBytes(more.sealedAuthority()).open(NetworkSecret.of(more.networkSecret()));
        assertThat(authority.fingerprint()).isEqualTo(token.fingerprint());
    }

    @Test
    void othersGetWhatTheyWereInvitedToAndNoSecrets() throws Exception {
        Claims claims = Claims.of(Set.of(1001), Set.of(1001, 100));
        Token token = invite(new Invitation(Role.CLIENT, claims, ""));
        Applicant applicant = Applicant.create();
        JoinReply reply = desk.join(applicant.joinRequest(token, "laptop"));
        assertThat(reply.forVulcano()).isNull();
        Principal principal = applicant.joined(reply, token).principal();
        assertThat(principal.withSerial("")).isEqualTo(new Principal(lava.network, Role.CLIENT, "laptop", claims, ""));
        Token named = invite(new Invitation(Role.OPERATOR, claims, "olga"));
        JoinReply other = desk.join(applicant.joinRequest(named, "eve"));
        assertThat(applicant.joined(other, named).principal().name()).isEqualTo("olga");
    }

    @Test
    void aTokenIsGoodForOneWhoMayAskAgain() throws Exception {
        Token token = invite(new Invitation(Role.CLIENT, Lava.ALICE, ""));
        Applicant applicant = Applicant.create();
        JoinReply unused = desk.join(applicant.joinRequest(token, "laptop"));
        assertThat(applicant
                        .joined(desk.join(applicant.joinRequest(token, "laptop")), token)
                        .principal()
                        .name())
                .isEqualTo("laptop");
        assertErrno(Errno.EACCES, () -> desk.join(Applicant.create().joinRequest(token, "laptop")));
    }

    @Test
    void aWrongSecretAndAMalformedRequestAreRefusedAndTakeNothing() throws Exception {
        Token token = invite(new Invitation(Role.CLIENT, Lava.ALICE, ""));
        Applicant applicant = Applicant.create();
        JoinRequest good = applicant.joinRequest(token, "laptop");
        assertErrno(
                Errno.EACCES, () -> desk.join(new JoinRequest(good.token(), new byte[16], good.name(), good.csr())));
        assertErrno(
                Errno.EINVAL,
                () -> desk.join(new JoinRequest(good.token(), good.secret(), good.name(), new byte[] {1, 2})));
        assertThat(tokens.taken).isEmpty();
        assertThat(applicant.joined(desk.join(good), token).principal().name()).isEqualTo("laptop");
    }

    @Test
    void aVulcanoWithoutAnIdIsRefused() throws Exception {
        Token token = invite(Invitation.ofVulcano());
        assertErrno(Errno.EINVAL, () -> desk.join(Applicant.create().joinRequest(token, "etna")));
    }

    @Test
    void anAnswerOfAnotherNetworkOrForAnotherKeyIsNotTaken() throws Exception {
        Token token = invite(new Invitation(Role.CLIENT, Lava.ALICE, ""));
        Applicant applicant = Applicant.create();
        JoinReply reply = desk.join(applicant.joinRequest(token, "laptop"));
        Token foreign =
                new Token(lava.network, token.id(), token.secret(), new byte[32], token.expires(), token.addresses());
        assertThatThrownBy(() -> applicant.joined(reply, foreign))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("of another network");
        assertThatThrownBy(() -> Applicant.create().joined(reply, token))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("the key is not the one");
    }

    @Test
    void aCertificateIsRenewedWithTheSameRightsForLonger() throws Exception {
        Identity before = lava.issue(Role.OPERATOR, "olga", Lava.ALICE);
        lava.pass(Duration.ofDays(70));
        assertThat(before.isDueForRenewal(lava.instant())).isTrue();
        Applicant applicant = Applicant.create();
        RenewReply reply = desk.renew(before.principal(), applicant.renewRequest());
        Identity after = applicant.renewed(reply, before);
        assertThat(after.principal().withSerial(""))
                .isEqualTo(before.principal().withSerial(""));
        assertThat(after.principal().serial()).isNotEqualTo(before.principal().serial());
        assertThat(after.isDueForRenewal(lava.instant())).isFalse();
        assertThat(after.expires()).isEqualTo(lava.instant().plus(Authority.VALIDITY));
        Identity other = lava.vulcano();
        assertThatThrownBy(() -> applicant.renewed(reply, other)).isInstanceOf(IdentityException.class);
    }

    @Test
    void aRevokedCertificateIsNotRenewed() {
        Identity before = lava.issue(Role.OPERATOR, "olga", Lava.ALICE);
        lava.revoked.add(before.principal().serial());
        assertErrno(
                Errno.EACCES,
                () -> desk.renew(before.principal(), Applicant.create().renewRequest()));
    }
}
