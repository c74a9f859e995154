package magma.dht.wire;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.ReplicationMessage.Accepted;
import magma.dht.replication.ReplicationMessage.Append;
import magma.dht.replication.ReplicationMessage.Behind;
import magma.dht.replication.ReplicationMessage.Diverged;
import magma.dht.replication.ReplicationMessage.Outdated;
import magma.dht.replication.SliceConfig;

/** What replicas say to each other: a code (1), then the fields. */
final class ReplicationFields {
    private static final int APPEND = 1;
    private static final int ACCEPTED = 2;
    private static final int DIVERGED = 3;
    private static final int BEHIND = 4;
    private static final int OUTDATED = 5;

    private ReplicationFields() {}

    static void write(Encoder to, ReplicationMessage<Payload> message) {
        if (message instanceof Append<Payload> append) {
            append.config().encode(to.u8(APPEND));
            SliceFields.version(to.i64(append.stamp()), append.previous())
                    .list(
                            append.entries(),
                            (e, entry) -> SliceFields.version(e, entry.version())
                                    .optional(entry.payload(), SliceFields::payload))
                    .i64(append.commit())
                    .i64(append.syncTo());
        } else if (message instanceof Accepted<Payload> accepted) {
            to.u8(ACCEPTED)
                    .i64(accepted.epoch())
                    .i64(accepted.incarnation())
                    .i64(accepted.stamp())
                    .i64(accepted.matched())
                    .i64(accepted.synced())
                    .i64(accepted.available());
        } else if (message instanceof Diverged<Payload> diverged) {
            to.u8(DIVERGED).i64(diverged.epoch()).i64(diverged.incarnation()).i64(diverged.stamp());
            SliceFields.version(SliceFields.version(to, diverged.hint()), diverged.held());
        } else if (message instanceof Behind<Payload> behind) {
            behind.config().encode(to.u8(BEHIND));
            SliceFields.version(to.i64(behind.stamp()).i64(behind.incarnation()), behind.held());
        } else if (message instanceof Outdated<Payload> outdated) {
            outdated.config().encode(to.u8(OUTDATED));
        } else {
            throw new IllegalStateException("unknown message " + message);
        }
    }

    /** @throws MalformedException when there is none */
    static ReplicationMessage<Payload> read(Decoder from) {
        int code = from.u8();
        return switch (code) {
            case APPEND ->
                new Append<>(
                        SliceConfig.decode(from),
                        from.i64(),
                        SliceFields.version(from),
                        entries(from),
                        from.i64(),
                        from.i64());
            case ACCEPTED -> new Accepted<>(from.i64(), from.i64(), from.i64(), from.i64(), from.i64(), from.i64());
            case DIVERGED ->
                new Diverged<>(
                        from.i64(), from.i64(), from.i64(), SliceFields.version(from), SliceFields.version(from));
            case BEHIND -> new Behind<>(SliceConfig.decode(from), from.i64(), from.i64(), SliceFields.version(from));
            case OUTDATED -> new Outdated<>(SliceConfig.decode(from));
            default -> throw new MalformedException("no message of replicas has the code " + code);
        };
    }

    private static List<LogEntry<Payload>> entries(Decoder from) {
        return from.list(
                ReplicationMessage.MOST_ENTRIES,
                17,
                f -> new LogEntry<>(SliceFields.version(f), f.optional(SliceFields::payload)));
    }
}
