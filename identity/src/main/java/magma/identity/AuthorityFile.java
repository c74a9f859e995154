package magma.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfoBuilder;
import org.bouncycastle.pkcs.PKCSException;

/**
 * An authority as an operator puts it away: PEM of its key, encrypted under a passphrase (PKCS #8 with PBES2 of RFC 8018: PBKDF2 with HMAC-SHA-256, AES-256-CBC), and of
 * its certificate. OpenSSL reads it too.
 */
public final class AuthorityFile {
    /** What OWASP asks of PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet, 2023). */
    private static final int ITERATIONS = 600_000;

    private static final int LEAST_PASSPHRASE = 8;

    private AuthorityFile() {}

    /**
     * @return PEM
     * @throws IllegalArgumentException for a passphrase of less than 8 characters
     */
    public static String export(Authority authority, char[] passphrase) {
        if (passphrase.length < LEAST_PASSPHRASE) {
            throw new IllegalArgumentException(
                    "whoever has this file and its passphrase rules the network: take at least " + LEAST_PASSPHRASE
                            + " characters, better five words");
        }
        try {
            OutputEncryptor encryptor = new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                    .setProvider(new BouncyCastleProvider())
                    .setPRF(PKCS8Generator.PRF_HMACSHA256)
                    .setIterationCount(ITERATIONS)
                    .setPassword(passphrase.clone())
                    .build();
            PrivateKeyInfo plain = PrivateKeyInfo.getInstance(authority.key().getEncoded());
            byte[] encrypted = new PKCS8EncryptedPrivateKeyInfoBuilder(plain)
                    .build(encryptor)
                    .getEncoded();
            return Pem.encode(Pem.ENCRYPTED_KEY, encrypted)
                    + Pem.encode(Pem.CERTIFICATE, Certificates.der(authority.certificate()));
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("no export of the authority", e);
        }
    }

    /** @throws IdentityException when the passphrase is wrong, or the text is damaged or something else */
    public static Authority read(String pem, char[] passphrase) throws IdentityException {
        byte[] text = pem.getBytes(StandardCharsets.US_ASCII);
        byte[] certificate =
                Pem.decode("the authority's file", Pem.CERTIFICATE, text).get(0);
        PKCS8EncryptedPrivateKeyInfo encrypted;
        try {
            encrypted = new PKCS8EncryptedPrivateKeyInfo(
                    Pem.decode("the authority's file", Pem.ENCRYPTED_KEY, text).get(0));
        } catch (IdentityException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new IdentityException("the authority's file is damaged: " + e.getMessage(), e);
        }
        try {
            return new Authority(decrypt(encrypted, passphrase), Certificates.ofDer(certificate));
        } catch (GeneralSecurityException e) {
            throw new IdentityException("the authority's file is damaged: " + e.getMessage(), e);
        }
    }

    /** A wrong passphrase gives bytes that are no padding, or no key. */
    private static PrivateKey decrypt(PKCS8EncryptedPrivateKeyInfo encrypted, char[] passphrase)
            throws IdentityException {
        try {
            InputDecryptorProvider decryptor = new JceOpenSSLPKCS8DecryptorProviderBuilder()
                    .setProvider(new BouncyCastleProvider())
                    .build(passphrase.clone());
            return Keys.ofPkcs8(encrypted.decryptPrivateKeyInfo(decryptor).getEncoded());
        } catch (OperatorCreationException
                | PKCSException
                | GeneralSecurityException
                | IOException
                | RuntimeException e) {
            throw new IdentityException("the passphrase is wrong, or the authority's file is damaged", e);
        }
    }
}
