package magma.identity;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/** Keys on the curve P-256 (FIPS 186-4, D.1.2.3), and ECDSA with SHA-256 by them: the only ones in a network. */
final class Keys {
    static final String SIGNATURE = "SHA256withECDSA";

    private static final String CURVE = "secp256r1";
    private static final byte[] PROBE = {'m', 'a', 'g', 'm', 'a'};

    private Keys() {}

    static KeyPair draw() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no elliptic curves", e);
        }
    }

    /** @throws GeneralSecurityException when the bytes are no PKCS #8 key */
    static PrivateKey ofPkcs8(byte[] der) throws GeneralSecurityException {
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    /** @throws GeneralSecurityException when the bytes are no key on P-256 */
    static PublicKey ofSubjectInfo(byte[] der) throws GeneralSecurityException {
        PublicKey key = KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der));
        checkCurve(key);
        return key;
    }

    /** @throws InvalidKeyException for any other curve or kind */
    static void checkCurve(PublicKey key) throws InvalidKeyException {
        if (!(key instanceof ECPublicKey ec) || !isP256(ec.getParams())) {
            throw new InvalidKeyException("a key that is not on the curve P-256");
        }
    }

    private static boolean isP256(ECParameterSpec found) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(CURVE));
            ECParameterSpec known = parameters.getParameterSpec(ECParameterSpec.class);
            return found.getCurve().equals(known.getCurve())
                    && found.getGenerator().equals(known.getGenerator())
                    && found.getOrder().equals(known.getOrder())
                    && found.getCofactor() == known.getCofactor();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no elliptic curves", e);
        }
    }

    /** Whether the two belong together. */
    static boolean match(PrivateKey key, PublicKey other) {
        try {
            Signature signer = Signature.getInstance(SIGNATURE);
            signer.initSign(key);
            signer.update(PROBE);
            byte[] signature = signer.sign();
            signer.initVerify(other);
            signer.update(PROBE);
            return signer.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
