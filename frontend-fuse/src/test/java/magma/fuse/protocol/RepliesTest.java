package magma.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.function.Consumer;
import magma.fs.Attributes;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Statistics;
import org.junit.jupiter.api.Test;

/** Golden bytes of each answer and notification, laid out by a C program as in {@link RequestsTest}. */
class RepliesTest {
    private static final Validity VALIDITY = new Validity(Duration.ofHours(1), Duration.ofMillis(1500));
    private static final Attributes ATTRIBUTES = new Attributes(
            new Key(1, 0x01020304, 0x05060708),
            FlareType.FILE,
            04755,
            2,
            5,
            6,
            10_000,
            24 * 512,
            0,
            Instant.ofEpochSecond(1000, 1),
            Instant.ofEpochSecond(2000, 2),
            Instant.ofEpochSecond(3000, 3),
            Instant.ofEpochSecond(4000, 4),
            1);
    private static final String ATTRIBUTE_BYTES =
            "080706050403020110270000000000001800000000000000e803000000000000d007000000000000b80b00000000000001000000"
                    + "0200000003000000ed890000020000000500000006000000000000000010000000000000";

    private static String bytes(Consumer<ByteBuffer> put) {
        ByteBuffer out = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        put.accept(out);
        int length = out.limit() < out.capacity() ? out.limit() : out.position();
        return HexFormat.of().formatHex(out.array(), 0, length);
    }

    @Test
    void entriesAndAttributesHaveTheKernelsLayout() {
        assertThat(bytes(out -> Replies.putEntry(out, 77, VALIDITY, ATTRIBUTES)))
                .isEqualTo("4d000000000000000000000000000000100e0000000000000100000000000000000000000065cd1d"
                        + ATTRIBUTE_BYTES)
                .hasSize(2 * Replies.ENTRY_BYTES);
        assertThat(bytes(out -> Replies.putNoEntry(out, VALIDITY)))
                .isEqualTo("00000000000000000000000000000000100e0000000000000100000000000000000000000065cd1d"
                        + "00".repeat(Replies.ATTRIBUTES_BYTES));
        assertThat(bytes(out -> Replies.putAttributesReply(out, VALIDITY, ATTRIBUTES)))
                .isEqualTo("01000000000000000065cd1d00000000" + ATTRIBUTE_BYTES);
    }

    @Test
    void extendedAttributesHaveTheKernelsLengthAndTheTimeOfBirth() {
        String bytes = bytes(out -> Replies.putStatx(out, VALIDITY, ATTRIBUTES));
        assertThat(bytes).hasSize(2 * (32 + 256)).contains("a00f00000000000004000000");
    }

    @Test
    void shortAnswersHaveTheKernelsLayout() {
        assertThat(bytes(out -> Replies.putOpen(out, 78, Replies.Opened.KEEP_CACHE | Replies.Opened.CACHE_DIRECTORY)))
                .isEqualTo("4e000000000000000a00000000000000");
        assertThat(bytes(out -> Replies.putCount(out, 79))).isEqualTo("4f00000000000000");
        assertThat(bytes(out -> Replies.putStatistics(out, new Statistics(4096, 409600, 204800, 163840, 10, 20))))
                .isEqualTo("6400000000000000320000000000000028000000000000001e00000000000000140000000000000000100000"
                        + "ff00000000100000" + "00".repeat(28));
        Lock lock = new Lock(Lock.Family.POSIX, new Lock.Owner(1), true, new Lock.Range(1, 2), 3);
        assertThat(bytes(out -> Replies.putLock(out, lock)))
                .isEqualTo("010000000000000002000000000000000100000003000000");
        assertThat(bytes(Replies::putNoLock)).isEqualTo("000000000000000000000000000000000200000000000000");
        byte[] name = "abc".getBytes(StandardCharsets.UTF_8);
        assertThat(bytes(out -> Replies.putDirectoryEntry(out, 9, 10, 8, name)))
                .isEqualTo("09000000000000000a0000000000000003000000080000006162630000000000")
                .hasSize(2 * Replies.directoryEntryBytes(3));
    }

    @Test
    void initAnswerHasTheKernelsLayout() {
        long flags = Negotiation.ASYNC_READ | Negotiation.INIT_EXT | Negotiation.HAS_EXPIRE_ONLY;
        assertThat(bytes(out -> new Negotiation.Answer(flags, 4 << 20, 64, 1 << 20).put(out)))
                .isEqualTo(
                        "070000002d00000000004000010000404000300000001000010000000001000008000000" + "00".repeat(28));
    }

    @Test
    void headersOfRefusalsCarryTheNegativeErrno() {
        assertThat(bytes(out -> {
                    out.position(Replies.HEADER_BYTES);
                    Replies.putHeader(out, 99, 2);
                }))
                .isEqualTo("10000000feffffff6300000000000000");
    }

    @Test
    void notificationsHaveTheKernelsLayout() {
        assertThat(bytes(out -> Notifications.putContentInvalid(out, 5)))
                .isEqualTo("2800000002000000000000000000000005000000000000000000000000000000" + "00".repeat(8));
        assertThat(bytes(out -> Notifications.putAttributesInvalid(out, 5)))
                .isEqualTo("280000000200000000000000000000000500000000000000ffffffffffffffff" + "00".repeat(8));
        byte[] name = "abc".getBytes(StandardCharsets.UTF_8);
        assertThat(bytes(out -> Notifications.putEntryInvalid(out, 5, name, true)))
                .isEqualTo("240000000300000000000000000000000500000000000000030000000100000061626300");
        assertThat(bytes(Notifications::putEpoch)).isEqualTo("10000000080000000000000000000000");
    }
}
