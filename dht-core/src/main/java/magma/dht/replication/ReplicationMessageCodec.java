package magma.dht.replication;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * {@link ReplicationMessage} as bytes: a byte for its kind, then its fields in order, as docs/replication.md has them.
 *
 * @param <P> the payload of an entry
 */
public final class ReplicationMessageCodec<P> {
    private static final int APPEND = 1;
    private static final int ACCEPTED = 2;
    private static final int DIVERGED = 3;
    private static final int BEHIND = 4;
    private static final int OUTDATED = 5;

    /** Version, and whether there is a payload. */
    private static final int LEAST_ENTRY_BYTES = 17;

    private final BiConsumer<Encoder, P> payloadWriter;
    private final Function<Decoder, P> payloadReader;

    /** @param payloadReader reads what {@code payloadWriter} wrote and no more, and bounds what it takes */
    public ReplicationMessageCodec(BiConsumer<Encoder, P> payloadWriter, Function<Decoder, P> payloadReader) {
        this.payloadWriter = payloadWriter;
        this.payloadReader = payloadReader;
    }

    public void write(Encoder to, ReplicationMessage<P> message) {
        if (message instanceof ReplicationMessage.Append<P> append) {
            to.u8(APPEND);
            append.config().encode(to);
            to.i64(append.stamp());
            version(to, append.previous());
            to.list(append.entries(), this::entry);
            to.i64(append.commit()).i64(append.syncTo());
        } else if (message instanceof ReplicationMessage.Accepted<P> accepted) {
            to.u8(ACCEPTED).i64(accepted.epoch()).i64(accepted.incarnation()).i64(accepted.stamp());
            to.i64(accepted.matched()).i64(accepted.synced()).i64(accepted.available());
        } else if (message instanceof ReplicationMessage.Diverged<P> diverged) {
            to.u8(DIVERGED).i64(diverged.epoch()).i64(diverged.incarnation()).i64(diverged.stamp());
            version(to, diverged.hint());
            version(to, diverged.held());
        } else if (message instanceof ReplicationMessage.Behind<P> behind) {
            to.u8(BEHIND);
            behind.config().encode(to);
            to.i64(behind.stamp()).i64(behind.incarnation());
            version(to, behind.held());
        } else if (message instanceof ReplicationMessage.Outdated<P> outdated) {
            to.u8(OUTDATED);
            outdated.config().encode(to);
        }
    }

    /** @throws IllegalArgumentException or {@link MalformedException} when there is none */
    public ReplicationMessage<P> read(Decoder from) {
        int kind = from.u8();
        return switch (kind) {
            case APPEND ->
                new ReplicationMessage.Append<>(
                        SliceConfig.decode(from), from.i64(), version(from), entries(from), from.i64(), from.i64());
            case ACCEPTED ->
                new ReplicationMessage.Accepted<>(
                        from.i64(), from.i64(), from.i64(), from.i64(), from.i64(), from.i64());
            case DIVERGED ->
                new ReplicationMessage.Diverged<>(from.i64(), from.i64(), from.i64(), version(from), version(from));
            case BEHIND ->
                new ReplicationMessage.Behind<>(SliceConfig.decode(from), from.i64(), from.i64(), version(from));
            case OUTDATED -> new ReplicationMessage.Outdated<>(SliceConfig.decode(from));
            default -> throw new MalformedException("no message between replicas has the kind " + kind);
        };
    }

    private List<LogEntry<P>> entries(Decoder from) {
        return from.list(ReplicationMessage.MOST_ENTRIES, LEAST_ENTRY_BYTES, this::entry);
    }

    private void entry(Encoder to, LogEntry<P> entry) {
        version(to, entry.version());
        to.optional(entry.payload(), payloadWriter);
    }

    private LogEntry<P> entry(Decoder from) {
        Version version = version(from);
        @Nullable P payload = from.optional(payloadReader);
        return new LogEntry<>(version, payload);
    }

    private static void version(Encoder to, Version version) {
        to.i64(version.epoch()).i64(version.sequence());
    }

    private static Version version(Decoder from) {
        return new Version(from.i64(), from.i64());
    }
}
