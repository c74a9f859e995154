package magma.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyTest {
    private static final String HEX = "0123456789abcdeffedcba98765432100f1e2d3c";

    @Test
    void bytesHexAndBufferSayTheSame() {
        Key key = Key.parse(HEX);
        assertThat(key).isEqualTo(new Key(0x0123456789abcdefL, 0xfedcba9876543210L, 0x0f1e2d3c));
        assertThat(key.toString()).isEqualTo(HEX);
        assertThat(Key.of(key.bytes())).isEqualTo(key).hasSameHashCodeAs(key);
        ByteBuffer buffer = ByteBuffer.allocate(25);
        buffer.position(5);
        key.write(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        buffer.position(5);
        assertThat(Key.read(buffer)).isEqualTo(key);
        assertThat(buffer.position()).isEqualTo(25);
    }

    @Test
    void otherLengthsAreRefused() {
        for (int length : new int[] {0, 19, 21}) {
            assertThatThrownBy(() -> Key.of(new byte[length]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("20 bytes");
        }
        for (String text : List.of("", "0123", HEX + "00", HEX.replace('0', 'g'))) {
            assertThatThrownBy(() -> Key.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void orderIsThatOfUnsignedBytes() {
        assertThat(Key.MIN).isLessThan(Key.MAX);
        Random random = new Random(1);
        for (int i = 0; i < 1_000; i++) {
            Key a = new Key(random.nextInt(3) - 1, random.nextInt(3) - 1, random.nextInt());
            Key b = new Key(random.nextInt(3) - 1, random.nextInt(3) - 1, random.nextInt());
            int expected = Integer.signum(Arrays.compareUnsigned(a.bytes(), b.bytes()));
            assertThat(Integer.signum(a.compareTo(b))).isEqualTo(expected);
            assertThat(Integer.signum(b.compareTo(a))).isEqualTo(-expected);
        }
    }

    @Test
    void inodeIsTheLastEightBytesAndNeverZero() {
        assertThat(Key.parse(HEX).inode()).isEqualTo(0x765432100f1e2d3cL);
        assertThat(new Key(5, 0x1_0000_0000L, 0).inode()).isEqualTo(1);
        assertThat(Key.MAX.inode()).isEqualTo(-1);
    }
}
