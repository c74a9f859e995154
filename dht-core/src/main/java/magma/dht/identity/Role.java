package magma.dht.identity;

import java.util.Arrays;
import java.util.Optional;

/** What the holder of a certificate is in its network. */
public enum Role {
    /** Holds replicas and speaks for anybody. */
    VULCANO("vulcano"),
    /** Administers, and uses the filesystem as those it may claim to be. */
    OPERATOR("operator"),
    /** Uses the filesystem as those it may claim to be. */
    CLIENT("client"),
    /** As a client, but changes nothing. */
    READ_ONLY("read-only");

    private final String text;

    Role(String text) {
        this.text = text;
    }

    /** As it stands in certificates and commands. */
    public String text() {
        return text;
    }

    public static Optional<Role> ofText(String text) {
        return Arrays.stream(values()).filter(role -> role.text.equals(text)).findFirst();
    }

    @Override
    public String toString() {
        return text;
    }
}
