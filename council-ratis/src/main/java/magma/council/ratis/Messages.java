package magma.council.ratis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.council.Founding;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * The bytes between members. A request: version, kind, content. An answer: how it went, content. What Ratis says to itself is its own protobuf.
 */
final class Messages {
    static final int VOTE = 1;
    static final int APPEND = 2;
    static final int SNAPSHOT = 3;
    static final int ELECT = 4;
    /** A command; answered with its result. */
    static final int PROPOSE = 16;
    /** A {@link Known}; answered with an {@link Update} that has all that was decided before. */
    static final int READ = 17;
    /** A {@link Known}; answered with an {@link Update}, by any voter. */
    static final int FOLLOW = 18;
    /** An {@link Update} from the leader; answered with a {@link Known}. */
    static final int UPDATE = 19;
    /** A {@link Founding}: take a seat, a voter is needed. */
    static final int SEAT = 20;

    private static final int VERSION = 1;
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int ELSEWHERE = 2;
    private static final int REFUSED = 3;

    private static final int MAX_TEXT = 1024;
    private static final int MAX_VOTERS = 64;
    private static final int MAX_ENTRIES = 1 << 16;
    private static final int UUID_BYTES = 16;

    private Messages() {}

    /** A request as it came. */
    record Request(int kind, byte[] content) {
        static Request read(byte[] bytes) {
            if (bytes.length < 2 || bytes[0] != VERSION) {
                throw new MalformedException("no council request of version " + VERSION);
            }
            return new Request(bytes[1] & 0xff, Arrays.copyOfRange(bytes, 2, bytes.length));
        }

        byte[] bytes() {
            return new Encoder(content.length + 2)
                    .u8(VERSION)
                    .u8(kind)
                    .raw(content)
                    .toBytes();
        }
    }

    /** How a request went. */
    sealed interface Answer {
        record Done(byte[] content) implements Answer {}

        /** It could not be done, and may be elsewhere or later. */
        record Failed(String reason) implements Answer {}

        /** It will not be done, nowhere and never. */
        record Refused(String reason) implements Answer {}

        /** Only the leader can do that, and it is another. */
        record Elsewhere(@Nullable VulcanoId leader) implements Answer {}

        default byte[] bytes() {
            Encoder to = new Encoder();
            if (this instanceof Done done) {
                return to.u8(DONE).raw(done.content).toBytes();
            } else if (this instanceof Failed failed) {
                return to.u8(FAILED).text(shortened(failed.reason)).toBytes();
            } else if (this instanceof Refused refused) {
                return to.u8(REFUSED).text(shortened(refused.reason)).toBytes();
            } else if (this instanceof Elsewhere elsewhere) {
                return to.u8(ELSEWHERE)
                        .optional(elsewhere.leader, Messages::writeId)
                        .toBytes();
            }
            throw new IllegalStateException("no code for " + this);
        }

        static Answer read(byte[] bytes) {
            if (bytes.length == 0) {
                throw new MalformedException("an empty answer");
            }
            byte[] content = Arrays.copyOfRange(bytes, 1, bytes.length);
            return switch (bytes[0]) {
                case DONE -> new Done(content);
                case FAILED -> Decoder.decode("failure", content, from -> new Failed(from.text(MAX_TEXT)));
                case REFUSED -> Decoder.decode("refusal", content, from -> new Refused(from.text(MAX_TEXT)));
                case ELSEWHERE ->
                    Decoder.decode("referral", content, from -> new Elsewhere(from.optional(Messages::readId)));
                default -> throw new MalformedException("no answer has the code " + bytes[0]);
            };
        }
    }

    private static String shortened(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MAX_TEXT ? text : text.substring(0, MAX_TEXT / 4);
    }

    /**
     * What a member has applied.
     *
     * @param founding null when it has nothing
     * @param index in the log of that council
     */
    record Known(@Nullable Founding founding, long index) {
        static final Known NOTHING = new Known(null, -1);

        byte[] bytes() {
            return new Encoder()
                    .optional(founding, Messages::writeFounding)
                    .i64(index)
                    .toBytes();
        }

        static Known read(byte[] bytes) {
            return Decoder.decode(
                    "position", bytes, from -> new Known(from.optional(Messages::readFounding), from.i64()));
        }
    }

    /**
     * What was decided.
     *
     * @param leader who leads, as the sender knows it
     * @param base the index to which {@code entries} are to be applied; not used when there is a whole state
     * @param index what the receiver then has applied
     * @param state the whole state, or null when entries do
     * @param entries commands in order
     */
    record Update(
            Founding founding,
            @Nullable VulcanoId leader,
            long term,
            SortedSet<VulcanoId> voters,
            long base,
            long index,
            byte @Nullable [] state,
            List<byte[]> entries) {
        byte[] bytes() {
            Encoder to = new Encoder();
            writeFounding(to, founding);
            return to.optional(leader, Messages::writeId)
                    .i64(term)
                    .list(List.copyOf(voters), Messages::writeId)
                    .i64(base)
                    .i64(index)
                    .optional(state, Encoder::bytes)
                    .list(entries, Encoder::bytes)
                    .toBytes();
        }

        static Update read(byte[] bytes) {
            return Decoder.decode(
                    "council update",
                    bytes,
                    from -> new Update(
                            readFounding(from),
                            from.optional(Messages::readId),
                            from.i64(),
                            new TreeSet<>(from.list(MAX_VOTERS, UUID_BYTES, Messages::readId)),
                            from.i64(),
                            from.i64(),
                            from.optional(state -> state.bytes(CouncilSettings.MAX_MESSAGE)),
                            from.list(MAX_ENTRIES, 4, entry -> entry.bytes(CouncilSettings.MAX_COMMAND))));
        }
    }

    static byte[] founding(Founding founding) {
        Encoder to = new Encoder();
        writeFounding(to, founding);
        return to.toBytes();
    }

    static Founding founding(byte[] bytes) {
        return Decoder.decode("founding", bytes, Messages::readFounding);
    }

    private static void writeFounding(Encoder to, Founding founding) {
        writeUuid(to.i64(founding.number()), founding.group());
    }

    private static Founding readFounding(Decoder from) {
        return new Founding(from.i64(), new UUID(from.i64(), from.i64()));
    }

    private static void writeId(Encoder to, VulcanoId id) {
        writeUuid(to, id.uuid());
    }

    private static VulcanoId readId(Decoder from) {
        return new VulcanoId(new UUID(from.i64(), from.i64()));
    }

    private static void writeUuid(Encoder to, UUID uuid) {
        to.i64(uuid.getMostSignificantBits()).i64(uuid.getLeastSignificantBits());
    }
}
