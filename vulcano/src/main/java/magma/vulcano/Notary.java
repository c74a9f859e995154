package magma.vulcano;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.PeerRequest.DeathNotice;

/**
 * Seals death notices, and tells those that are sealed from others. The seal is the HMAC (RFC 2104, with SHA-256) under the network's secret of what the notice says: whoever is a
 * vulcano of the network can make it, and nobody else. So a process can have the notice of its own death made while it lives.
 */
final class Notary {
    private static final String ALGORITHM = "HmacSHA256";
    private static final byte[] LABEL = "magma death notice".getBytes(StandardCharsets.US_ASCII);

    private final UUID network;
    private final SecretKeySpec secret;

    /** @param secret of the network; all of its vulcanos have the same */
    Notary(UUID network, byte[] secret) {
        this.network = network;
        this.secret = new SecretKeySpec(secret, ALGORITHM);
    }

    /** For whoever survives that process. */
    DeathNotice seal(VulcanoId vulcano, long incarnation) {
        return new DeathNotice(vulcano, incarnation, mac(vulcano, incarnation));
    }

    boolean isGenuine(DeathNotice notice) {
        return MessageDigest.isEqual(notice.seal(), mac(notice.vulcano(), notice.incarnation()));
    }

    private byte[] mac(VulcanoId vulcano, long incarnation) {
        ByteBuffer said = ByteBuffer.allocate(LABEL.length + 40)
                .put(LABEL)
                .putLong(network.getMostSignificantBits())
                .putLong(network.getLeastSignificantBits())
                .putLong(vulcano.uuid().getMostSignificantBits())
                .putLong(vulcano.uuid().getLeastSignificantBits())
                .putLong(incarnation);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(secret);
            return mac.doFinal(said.array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }
}
