package magma.dht.council;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.VulcanoId;

/** Fields that several of the council's records have, and how long they may be. */
final class Fields {
    static final int MAX_ADDRESS = 256;
    static final int MAX_RELEASE = 64;
    static final int MAX_NAME = 256;
    static final int MAX_ROLE = 64;
    static final int MAX_TOKEN_ID = 64;
    static final int MAX_HASH = 64;
    static final int MAX_CLAIMS = 4096;
    static final int MAX_SERIAL = 64;
    static final int MAX_AUTHORITY = 1 << 16;
    static final int MAX_REASON = 1024;
    static final int MAX_MEMBERS = 1024;
    static final int MAX_SESSIONS = 1 << 16;
    static final int MAX_TOKENS = 1 << 12;
    static final int MAX_REVOKED = 1 << 16;
    static final int MAX_CERTIFICATES = 1 << 14;
    /** The most replicas of a slice that may be asked for. */
    static final int MAX_REPLICAS = 7;

    static final int UUID_BYTES = 16;

    private Fields() {}

    static String checkText(String what, String text, int most) {
        if (text.getBytes(StandardCharsets.UTF_8).length > most) {
            throw new IllegalArgumentException(what + " of more than " + most + " bytes");
        }
        return text;
    }

    static byte[] checkBytes(String what, byte[] bytes, int most) {
        if (bytes.length > most) {
            throw new IllegalArgumentException(what + " of " + bytes.length + " bytes, more than " + most);
        }
        return bytes.clone();
    }

    static void checkCount(String what, int count, int most) {
        if (count > most) {
            throw new IllegalArgumentException(count + " " + what + ", more than " + most);
        }
    }

    static Encoder uuid(Encoder to, UUID uuid) {
        return to.i64(uuid.getMostSignificantBits()).i64(uuid.getLeastSignificantBits());
    }

    static UUID uuid(Decoder from) {
        return new UUID(from.i64(), from.i64());
    }

    static Encoder id(Encoder to, VulcanoId id) {
        return uuid(to, id.uuid());
    }

    static VulcanoId id(Decoder from) {
        return new VulcanoId(uuid(from));
    }

    static Encoder ids(Encoder to, SortedSet<VulcanoId> ids) {
        return to.list(List.copyOf(ids), Fields::id);
    }

    static SortedSet<VulcanoId> ids(Decoder from) {
        return new TreeSet<>(from.list(MAX_MEMBERS, UUID_BYTES, Fields::id));
    }
}
