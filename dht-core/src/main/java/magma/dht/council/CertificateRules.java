package magma.dht.council;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which certificates there are, and which are worth nothing any more. */
final class CertificateRules {
    /** How long a certificate is kept after it has expired: longer than clocks may differ. */
    private static final long KEPT_SECONDS = 7 * 24 * 3600;

    private static final String VULCANO = "vulcano";

    private CertificateRules() {}

    static @Nullable String certified(Draft draft, CouncilCommand.Certified command) {
        String serial = Fields.checkText("a serial", command.serial(), Fields.MAX_SERIAL);
        CertificateRecord issued = command.certificate();
        forgetExpired(draft, command.now());
        if (issued.role().equals(VULCANO) && isGone(draft, issued.name())) {
            return "the vulcano " + issued.name() + " was expelled";
        }
        CertificateRecord before = draft.certificates.get(serial);
        if (before != null && !before.equals(issued)) {
            return "there is another certificate " + serial + " already";
        }
        if (before == null && draft.certificates.size() == Fields.MAX_CERTIFICATES) {
            return "there are " + Fields.MAX_CERTIFICATES + " certificates already";
        }
        draft.certificates.put(serial, issued);
        return null;
    }

    private static void forgetExpired(Draft draft, long now) {
        draft.certificates.entrySet().removeIf(each -> {
            boolean over = each.getValue().expiresAt() < now - KEPT_SECONDS;
            if (over) {
                draft.revoked.remove(each.getKey());
            }
            return over;
        });
    }

    private static boolean isGone(Draft draft, String vulcano) {
        return draft.members.values().stream()
                .anyMatch(member -> !member.joined() && member.id().toString().equals(vulcano));
    }

    /** All that a vulcano has. */
    static void revokeAllOf(Draft draft, Member vulcano) {
        for (Map.Entry<String, CertificateRecord> each : draft.certificates.entrySet()) {
            CertificateRecord certificate = each.getValue();
            if (certificate.role().equals(VULCANO)
                    && certificate.name().equals(vulcano.id().toString())) {
                TokenRules.addRevoked(draft, each.getKey());
            }
        }
    }
}
