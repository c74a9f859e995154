package magma.dht.council;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.VulcanoId;

/**
 * A client's session and the vulcano that speaks for it.
 *
 * @param front the vulcano the client is attached to
 * @param boundToIncarnation the one process of {@code front} with which the session ends; 0 for a client that may attach elsewhere
 * @param generation 1 when opened, raised by each attachment; what an earlier generation sends is refused
 */
public record SessionRecord(UUID session, VulcanoId front, long boundToIncarnation, long generation) {
    static final int LEAST_BYTES = 16 + 16 + 8 + 8;

    public SessionRecord {
        if (boundToIncarnation < 0 || generation < 1) {
            throw new IllegalArgumentException(
                    "session " + session + " bound to " + boundToIncarnation + ", generation " + generation);
        }
    }

    SessionRecord attachedTo(VulcanoId next) {
        return new SessionRecord(session, next, boundToIncarnation, generation + 1);
    }

    void write(Encoder to) {
        Fields.id(Fields.uuid(to, session), front).i64(boundToIncarnation).i64(generation);
    }

    static SessionRecord read(Decoder from) {
        return new SessionRecord(Fields.uuid(from), Fields.id(from), from.i64(), from.i64());
    }
}
