package magma.dht.wire;

import java.util.List;
import java.util.UUID;
import magma.dht.identity.Invitation;
import magma.dht.identity.JoinReply;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;

/** One message of each kind by which vulcanos and clients come and go, and the network is shown. */
final class MembershipSamples {
    private MembershipSamples() {}

    static List<Message> all() {
        byte[] secret = new byte[16];
        secret[15] = 9;
        JoinReply.ForVulcano secrets =
                new JoinReply.ForVulcano(new byte[JoinReply.ForVulcano.SECRET_BYTES], new byte[] {7});
        return List.of(
                new AdminRequest.GetLava(),
                new AdminRequest.Invite(Invitation.ofVulcano(), 60),
                new AdminRequest.Expel(new VulcanoId(new UUID(1, 2))),
                new AdminRequest.Join(new JoinRequest(new UUID(3, 4), secret, "me", new byte[] {1, 2}), true, 5),
                new AdminRequest.Renew(new RenewRequest(new byte[] {1, 2})),
                new AdminRequest.Revoke("alice"),
                new AdminRequest.GetCertificates(),
                new Reply.CertificatesOf(
                        List.of(new Reply.CertificateStatus("a1", "client", "alice", 1_000_000, true))),
                new Reply.Text("line"),
                new Reply.Joined(
                        new JoinReply(List.of(new byte[] {1}), new byte[] {2}, secrets),
                        new UUID(5, 6),
                        "lava",
                        List.of(new Reply.Contact(new UUID(7, 8), "h:1"))),
                new Reply.Renewed(new RenewReply(List.of(new byte[] {1}))),
                new Reply.LavaOf(
                        new UUID(5, 6),
                        "lava",
                        64,
                        List.of(new Reply.VulcanoStatus(
                                new UUID(7, 8), "h:1", "up", "storing", "voter", "1", 2, 3, 4, 5, 6, 7))));
    }
}
