package magma.dht.record;

import java.util.List;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * That a flare has lost its last name while it was, or may have been, held open.
 *
 * @param sessions who held it then, as far as the primary knew
 * @param others whether sessions that are not listed may have held it too
 */
public record Orphan(List<UUID> sessions, boolean others) {
    /** The most sessions that are listed. */
    public static final int MAX_SESSIONS = 1000;

    private static final int FORMAT = 1;
    private static final Orphan UNKNOWN = new Orphan(List.of(), true);

    public Orphan {
        others |= sessions.size() > MAX_SESSIONS;
        sessions = List.copyOf(sessions.subList(0, Math.min(sessions.size(), MAX_SESSIONS)));
    }

    public byte[] encode() {
        return new Encoder(6 + 16 * sessions.size())
                .u8(FORMAT)
                .flag(others)
                .list(sessions, Encoder::uuid)
                .toBytes();
    }

    /**
     * No bytes at all, as earlier builds wrote, say nothing of who held the flare.
     *
     * @throws magma.dht.codec.MalformedException when the bytes are no orphan
     */
    public static Orphan decode(byte[] bytes) {
        if (bytes.length == 0) {
            return UNKNOWN;
        }
        return Decoder.decode("orphan", bytes, from -> {
            RecordFormat.check("orphan", from.u8(), FORMAT);
            boolean others = from.flag();
            return new Orphan(from.list(MAX_SESSIONS, 16, Decoder::uuid), others);
        });
    }
}
