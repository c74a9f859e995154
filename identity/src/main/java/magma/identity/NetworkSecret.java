package magma.identity;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import magma.dht.identity.JoinReply;

/**
 * 256 bits that each vulcano of a network has in its data directory, in a file for its owner alone. What is sealed under it (AES-256-GCM, NIST SP 800-38D) may lie
 * anywhere.
 */
public final class NetworkSecret {
    /** The file's name in the data directory. */
    public static final String FILE = "network.secret";

    private static final int BYTES = JoinReply.ForVulcano.SECRET_BYTES;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;

    private NetworkSecret(byte[] secret) {
        this.secret = secret;
    }

    public static NetworkSecret draw() {
        return new NetworkSecret(random(BYTES));
    }

    /** @throws IllegalArgumentException when they are not 32 bytes */
    public static NetworkSecret of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a network's secret of " + bytes.length + " bytes");
        }
        return new NetworkSecret(bytes.clone());
    }

    /**
     * Reads the file in a directory.
     *
     * @throws IdentityException when it is missing, damaged, or open to others
     */
    public static NetworkSecret load(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        byte[] bytes = SecretFile.read(file);
        if (bytes.length != BYTES) {
            throw new IdentityException(file + " is damaged: it has " + bytes.length + " bytes, not " + BYTES
                    + "; every vulcano of the network has the same");
        }
        return new NetworkSecret(bytes);
    }

    /** Writes the file in a directory, for its owner alone. Durable on return. */
    public void save(Path directory) throws IOException {
        SecretFile.write(directory.resolve(FILE), secret);
    }

    /** For a vulcano that joins. */
    public byte[] bytes() {
        return secret.clone();
    }

    /**
     * @param bound is not sealed, but {@link #open} must be given the same
     * @return nonce (12), ciphertext, tag (16)
     */
    byte[] seal(byte[] plain, byte[] bound) {
        byte[] nonce = random(NONCE_BYTES);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, bound);
            byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + cipher.getOutputSize(plain.length));
            int written = cipher.doFinal(plain, 0, plain.length, sealed, NONCE_BYTES);
            return Arrays.copyOf(sealed, NONCE_BYTES + written);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no AES-256-GCM", e);
        }
    }

    /** @throws GeneralSecurityException when it was sealed under another secret, bound to something else, or is damaged */
    byte[] open(byte[] sealed, byte[] bound) throws GeneralSecurityException {
        if (sealed.length < NONCE_BYTES) {
            throw new GeneralSecurityException("too short");
        }
        Cipher cipher = cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE_BYTES), bound);
        return cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] bound) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(bound);
        return cipher;
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
