package magma.dht.identity;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * What a token grants.
 *
 * @param name the name that the certificate will bear; empty where the one who joins chooses it, as every vulcano does
 */
public record Invitation(Role role, Claims claims, String name) {
    /** @throws IllegalArgumentException for a vulcano with a name, or with less than all claims */
    public Invitation {
        if (role == Role.VULCANO && !(name.isEmpty() && claims.anyUid())) {
            throw new IllegalArgumentException("an invited vulcano brings its own id as its name, and may claim all");
        }
        if (name.length() > Principal.NAME_LENGTH) {
            throw new IllegalArgumentException("a name of " + name.length() + " characters");
        }
    }

    public static Invitation ofVulcano() {
        return new Invitation(Role.VULCANO, Claims.ANY, "");
    }

    public void write(Encoder to) {
        to.ordinal(role);
        claims.write(to);
        to.text(name);
    }

    public static Invitation read(Decoder from) {
        return new Invitation(from.ordinal(Role.values()), Claims.read(from), from.text(4 * Principal.NAME_LENGTH));
    }
}
