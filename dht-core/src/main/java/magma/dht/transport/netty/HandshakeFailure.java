package magma.dht.transport.netty;

import io.netty.handler.ssl.NotSslRecordException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/** Puts into words why two sides could not agree whom they talk to. */
final class HandshakeFailure {
    private HandshakeFailure() {}

    /** In a clause. */
    static String reason(Throwable failure) {
        CertificateException untrusted = find(failure, CertificateException.class);
        if (untrusted != null) {
            return String.valueOf(untrusted.getMessage());
        } else if (find(failure, NotSslRecordException.class) != null) {
            return "it does not speak TLS";
        } else if (isCertificateAlert(failure)) {
            return "it does not accept this side's certificate, which may have expired, been revoked or be of another network; its log says more";
        }
        return "the TLS handshake failed: " + failure.getMessage();
    }

    /** One of a few, for {@link RefusalLog}. */
    static String kind(Throwable failure) {
        if (find(failure, CertificateException.class) != null || isCertificateAlert(failure)) {
            return "certificate";
        }
        return find(failure, NotSslRecordException.class) != null ? "no TLS" : "handshake";
    }

    /** What a client throws when one side does not trust the other; null when something else is wrong. */
    static @Nullable RefusedException refused(Throwable failure, NetAddress vulcano) {
        boolean distrust = isCertificateAlert(failure)
                || find(failure, CertificateException.class) != null
                || find(failure, NotSslRecordException.class) != null;
        return !distrust
                ? null
                : new RefusedException(
                        Signal.Reason.IDENTITY,
                        "no trust with what listens at " + vulcano + ": " + reason(failure),
                        failure);
    }

    /** Both providers name the alert of RFC 8446, section 6.2, each in its own way. */
    private static boolean isCertificateAlert(Throwable failure) {
        SSLException alert = find(failure, SSLException.class);
        String text = alert == null ? "" : String.valueOf(alert.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("alert")
                && (text.contains("certificate") || text.contains("unknown_ca") || text.contains("access_denied"));
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> kind) {
        int depth = 0;
        for (Throwable one = failure; one != null && depth < 20; one = one.getCause(), depth++) {
            if (kind.isInstance(one)) {
                return kind.cast(one);
            }
        }
        return null;
    }
}
