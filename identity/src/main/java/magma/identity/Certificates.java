package magma.identity;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What certificates are when they are not read, and when they are good. */
final class Certificates {
    private Certificates() {}

    static X509Certificate ofDer(byte[] der) throws CertificateException {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        X509Certificate certificate =
                (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        if (in.available() > 0) {
            throw new CertificateException("a certificate with " + in.available() + " bytes too many");
        }
        return certificate;
    }

    static List<X509Certificate> ofDer(List<byte[]> ders) throws CertificateException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (byte[] der : ders) {
            certificates.add(ofDer(der));
        }
        return certificates;
    }

    static byte[] der(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a certificate that was read cannot be written", e);
        }
    }

    /** SHA-256 of the whole certificate. */
    static byte[] fingerprint(X509Certificate certificate) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(der(certificate));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** @throws CertificateException unless {@code authority} has signed {@code member}, as an authority may */
    static void checkSigned(X509Certificate member, X509Certificate authority) throws CertificateException {
        if (authority.getBasicConstraints() < 0) {
            throw new CertificateException("what should be an authority's certificate is none");
        }
        if (!member.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
                || !member.getSigAlgName().equals(Keys.SIGNATURE)) {
            throw new CertificateException("the certificate is of another network");
        }
        try {
            member.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new CertificateException("the certificate is of another network", e);
        }
    }

    /** @throws CertificateException before it is valid, and after */
    static void checkTime(X509Certificate certificate, Instant now) throws CertificateException {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            throw new CertificateException("the certificate is valid from " + from + " only, and here it is " + now
                    + ": are the clocks right?");
        }
        if (now.isAfter(until)) {
            throw new CertificateException("the certificate expired at " + until + ": join again with a new token");
        }
    }
}
