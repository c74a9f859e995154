package magma.vulcano;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.council.CertificateRecord;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.council.MemberState;
import magma.dht.council.Result;
import magma.dht.council.TokenRecord;
import magma.dht.council.VotingRole;
import magma.dht.identity.Invitation;
import magma.dht.identity.JoinReply;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.Principal;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.PeerReply;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.identity.IdentityException;
import magma.identity.JoinDesk;
import magma.identity.NetworkSecret;
import magma.identity.SealedAuthority;
import magma.identity.TokenRedeemer;
import org.jspecify.annotations.Nullable;

/** Where members come and go, by the council's word, and where the network tells how it is. */
final class NetworkDesk {
    private static final Duration LONGEST_INVITATION = Duration.ofDays(30);

    private final VulcanoId self;
    private final Council council;
    private final Lookout lookout;
    private final JoinDesk desk;
    private final InstantSource clock;

    NetworkDesk(VulcanoId self, Council council, Lookout lookout, NetworkSecret secret, InstantSource clock) {
        this.self = self;
        this.clock = clock;
        this.council = council;
        this.lookout = lookout;
        this.desk = new JoinDesk(
                new JoinDesk.Safe(this::sealed, secret),
                this::redeem,
                this::note,
                serial -> council.state().revoked().contains(serial),
                clock);
    }

    private SealedAuthority sealed() {
        try {
            return SealedAuthority.ofBytes(council.state().authority());
        } catch (IdentityException e) {
            throw new IllegalStateException("the network's authority cannot be read", e);
        }
    }

    /** Has the council decide. @throws FsException with {@code refused} when it says no, EAGAIN when it does not answer */
    private Result decide(CouncilCommand command, Errno refused) throws FsException {
        try {
            Result result = council.propose(command).get();
            if (result instanceof Result.Conflict conflict) {
                throw new FsException(refused, conflict.reason());
            }
            return result;
        } catch (ExecutionException e) {
            throw new FsException(
                    Errno.EAGAIN, "the council does not answer; most of its members must be up, see magma lava", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while the council was asked", e);
        }
    }

    private static CommandId command() {
        return new CommandId(UUID.randomUUID());
    }

    /** @return the token's text */
    String invite(Invitation invitation, Duration validity) throws FsException {
        if (validity.compareTo(Duration.ofSeconds(1)) < 0 || validity.compareTo(LONGEST_INVITATION) > 0) {
            throw new FsException(Errno.EINVAL, "an invitation is good for a second to 30 days");
        }
        byte[] secret = new byte[Token.SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        Instant now = clock.instant();
        List<String> addresses = new ArrayList<>();
        for (Member member : council.state().members().values()) {
            if (member.joined() && member.up()) {
                addresses.add(member.id().equals(self) ? 0 : addresses.size(), member.address());
            }
        }
        Token token = new Token(
                council.state().network(),
                UUID.randomUUID(),
                secret,
                fingerprint(),
                Instant.ofEpochSecond(now.plus(validity).getEpochSecond()),
                addresses.subList(0, Math.min(addresses.size(), 5)));
        Encoder granted = new Encoder();
        invitation.write(granted);
        Result unused = decide(
                new CouncilCommand.IssueToken(
                        command(),
                        token.id().toString(),
                        token.verifier(),
                        invitation.role().name(),
                        granted.toBytes(),
                        token.expires().getEpochSecond(),
                        now.getEpochSecond()),
                Errno.EACCES);
        return token.text();
    }

    private byte[] fingerprint() throws FsException {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(sealed().certificate().getEncoded());
        } catch (GeneralSecurityException e) {
            throw new FsException(Errno.EIO, "the authority's certificate cannot be read", e);
        }
    }

    private Invitation redeem(TokenRedeemer.Redemption shown) throws FsException {
        String by = HexFormat.of().formatHex(shown.key());
        TokenRecord known = council.state().tokens().get(shown.token().toString());
        boolean again = known != null && by.equals(known.usedBy());
        Invitation granted;
        if (known != null && again && MessageDigest.isEqual(known.secretHash(), shown.verifier())) {
            granted = invitation(known);
        } else {
            Result result = decide(
                    new CouncilCommand.RedeemToken(
                            command(),
                            shown.token().toString(),
                            shown.verifier(),
                            clock.instant().getEpochSecond(),
                            by),
                    Errno.EACCES);
            if (!(result instanceof Result.Redeemed redeemed)) {
                throw new FsException(Errno.EIO, "the council answered " + result);
            }
            granted = invitation(redeemed.token());
        }
        if (granted.role() == Role.VULCANO && !again && isMember(shown.name())) {
            throw new FsException(Errno.EACCES, shown.name() + " is a vulcano of this network already");
        }
        return granted;
    }

    private boolean isMember(String name) throws FsException {
        try {
            return council.state().member(new VulcanoId(UUID.fromString(name))) != null;
        } catch (IllegalArgumentException e) {
            throw new FsException(Errno.EINVAL, name + " is no vulcano's id", e);
        }
    }

    private static Invitation invitation(TokenRecord token) {
        return Decoder.decode("invitation", token.claims(), Invitation::read);
    }

    Reply.Joined join(AdminRequest.Join join) throws FsException {
        JoinRequest request = join.request();
        JoinReply reply = desk.join(request);
        CouncilState state = council.state();
        if (reply.forVulcano() != null) {
            VulcanoId id = new VulcanoId(UUID.fromString(request.name()));
            if (state.member(id) == null) {
                MemberKind kind = join.witness() ? MemberKind.WITNESS : MemberKind.STORING;
                Member member = Member.joining(id, "", kind, Math.max(0, join.level()));
                Result unused = decide(new CouncilCommand.AddMember(command(), member), Errno.EACCES);
            }
        }
        List<Reply.Contact> contacts = state.members().values().stream()
                .filter(Member::joined)
                .filter(member -> !member.address().isEmpty())
                .map(member -> new Reply.Contact(member.id().uuid(), member.address()))
                .toList();
        return new Reply.Joined(reply, state.network(), state.name(), contacts);
    }

    RenewReply renew(Principal holder, RenewRequest request) throws FsException {
        return desk.renew(holder, request);
    }

    /** Has the council note a certificate. */
    void note(Principal holder, Instant expires) throws FsException {
        CertificateRecord record = new CertificateRecord(holder.role().text(), holder.name(), expires.getEpochSecond());
        Result unused = decide(
                new CouncilCommand.Certified(
                        command(), holder.serial(), record, clock.instant().getEpochSecond()),
                Errno.EACCES);
    }

    /** Whether the council has noted a certificate, as far as is known here. */
    boolean isNoted(String serial) {
        return council.state().certificates().containsKey(serial);
    }

    int revoke(String holder) throws FsException {
        CouncilState state = council.state();
        int count = 0;
        for (Map.Entry<String, CertificateRecord> each : state.certificates().entrySet()) {
            CertificateRecord certificate = each.getValue();
            boolean named =
                    certificate.name().equals(holder) && !certificate.role().equals(Role.VULCANO.text());
            if ((named || each.getKey().equals(holder)) && !state.revoked().contains(each.getKey())) {
                Result unused = decide(new CouncilCommand.Revoke(command(), each.getKey()), Errno.EINVAL);
                count++;
            }
        }
        if (count == 0) {
            throw new FsException(
                    Errno.ENOENT, "no certificate that is good has the serial number, or is of the client, " + holder);
        }
        return count;
    }

    Reply.CertificatesOf certificates() {
        CouncilState state = council.state();
        return new Reply.CertificatesOf(state.certificates().entrySet().stream()
                .map(each -> new Reply.CertificateStatus(
                        each.getKey(),
                        each.getValue().role(),
                        each.getValue().name(),
                        each.getValue().expiresAt(),
                        state.revoked().contains(each.getKey())))
                .toList());
    }

    void expel(VulcanoId vulcano) throws FsException {
        Result unused = decide(
                new CouncilCommand.ExpelMember(command(), vulcano, MemberState.EXPELLED, new TreeSet<>()),
                Errno.EINVAL);
    }

    Reply.LavaOf lava(PeerReply.CensusOf own) throws FsException {
        CouncilState state = council.state();
        VulcanoId leader = council.status().leader();
        Map<VulcanoId, Lookout.Seen> seen = lookout.look(state, own);
        List<Reply.VulcanoStatus> vulcanos = new ArrayList<>();
        for (Member member : state.members().values()) {
            vulcanos.add(status(state, member, leader, seen.getOrDefault(member.id(), Lookout.Seen.NOTHING)));
        }
        return new Reply.LavaOf(
                state.network(), state.name(), state.map().slices().size(), vulcanos);
    }

    private static Reply.VulcanoStatus status(
            CouncilState state, Member member, @Nullable VulcanoId leader, Lookout.Seen seen) {
        int primaries = 0;
        int backups = 0;
        int behind = 0;
        for (SliceConfig config : state.slices().values()) {
            if (config.primary().equals(member.id())) {
                primaries++;
            } else if (config.inSync().contains(member.id())) {
                backups++;
            } else if (config.replicas().contains(member.id())) {
                behind++;
            }
        }
        String council =
                member.id().equals(leader) ? "leader" : member.role() == VotingRole.VOTER ? "voter" : "learner";
        PeerReply.CensusOf census = member.stores() ? seen.census() : null;
        return new Reply.VulcanoStatus(
                member.id().uuid(),
                member.address(),
                state(member, seen),
                member.kind().name().toLowerCase(java.util.Locale.ROOT),
                council,
                member.version(),
                primaries,
                backups,
                behind,
                census == null ? -1 : census.flares(),
                census == null ? -1 : census.used(),
                census == null ? -1 : census.available());
    }

    private static String state(Member member, Lookout.Seen seen) {
        if (!member.joined()) {
            return member.state().name().toLowerCase(java.util.Locale.ROOT);
        } else if (seen.census() == null && !member.up()) {
            return "down";
        }
        return seen.silentSeconds() == 0 ? "up" : Reply.VulcanoStatus.SILENT + " " + seen.silentSeconds();
    }
}
