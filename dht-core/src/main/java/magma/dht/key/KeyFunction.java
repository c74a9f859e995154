package magma.dht.key;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Makes 20 bytes of any bytes. SHA-1 serves for even spread, not for secrecy; tests use one with few values, so that keys collide. */
@FunctionalInterface
public interface KeyFunction {
    /** SHA-1 (FIPS 180-4). */
    KeyFunction SHA1 = bytes -> {
        try {
            return MessageDigest.getInstance("SHA-1").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    };

    /** The digest of {@code bytes}: 20 bytes, a new array. */
    byte[] digest(byte[] bytes);

    /** Keeps the first {@code bits} (1 to 16) of a digest and zeroes the rest, so that equal keys are common. */
    static KeyFunction cut(KeyFunction whole, int bits) {
        int mask = 0xffff0000 >> bits & 0xffff;
        return bytes -> {
            byte[] digest = whole.digest(bytes);
            byte[] cut = new byte[digest.length];
            cut[0] = (byte) (digest[0] & mask >> 8);
            cut[1] = (byte) (digest[1] & mask);
            return cut;
        };
    }
}
