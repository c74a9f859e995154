package magma.dht.identity;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.VulcanoId;

/**
 * A member of a network, as its certificate names it.
 *
 * @param network the network's id
 * @param name who it is: a vulcano's {@link VulcanoId} as text; for others a line of at most {@value #NAME_LENGTH} characters, for people
 * @param serial of the certificate, hexadecimal without leading zeros: what revocation goes by. Empty for one that is not signed yet
 */
public record Principal(UUID network, Role role, String name, Claims claims, String serial) {
    /** The longest name, which is what X.520 allows a common name. */
    public static final int NAME_LENGTH = 64;

    private static final int SERIAL_LENGTH = 40;

    /** @throws IllegalArgumentException for a name that is none, or a vulcano's that is no id, and for a vulcano with less than all claims */
    public Principal {
        if (name.isBlank()
                || !name.equals(name.strip())
                || name.length() > NAME_LENGTH
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("\"" + name + "\" is no name of a member: 1 to " + NAME_LENGTH
                    + " characters of one line, without spaces around");
        }
        if (!serial.matches("(0|[1-9a-f][0-9a-f]{0,39})?")) {
            throw new IllegalArgumentException("no serial number: " + serial);
        }
        if (role == Role.VULCANO) {
            checkVulcano(name, claims);
        }
    }

    private static void checkVulcano(String name, Claims claims) {
        try {
            if (!UUID.fromString(name).toString().equals(name)) {
                throw new IllegalArgumentException(name);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a vulcano is named by its id, not \"" + name + "\"", e);
        }
        if (!claims.anyUid()) {
            throw new IllegalArgumentException("a vulcano may claim all, not " + claims);
        }
    }

    /** A vulcano that has no certificate yet. */
    public static Principal ofVulcano(UUID network, VulcanoId id) {
        return new Principal(network, Role.VULCANO, id.toString(), Claims.ANY, "");
    }

    /**
     * Which vulcano it is.
     *
     * @throws IllegalStateException when it is none
     */
    public VulcanoId vulcano() {
        if (role != Role.VULCANO) {
            throw new IllegalStateException(this + " is no vulcano");
        }
        return new VulcanoId(UUID.fromString(name));
    }

    public Principal withSerial(String signed) {
        return new Principal(network, role, name, claims, signed);
    }

    public void write(Encoder to) {
        Uuids.write(to, network);
        to.ordinal(role).text(name);
        claims.write(to);
        to.text(serial);
    }

    public static Principal read(Decoder from) {
        return new Principal(
                Uuids.read(from),
                from.ordinal(Role.values()),
                from.text(4 * NAME_LENGTH),
                Claims.read(from),
                from.text(SERIAL_LENGTH));
    }

    /** For people. */
    @Override
    public String toString() {
        return role + " " + name;
    }
}
