package magma.dht.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.PeerRequest.DeathNotice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may come before all encryption. */
class NoticeGateTest {
    private static final DeathNotice NOTICE = new DeathNotice(new VulcanoId(new UUID(3, 4)), 5, new byte[32]);

    private final List<DeathNotice> heard = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel(new NoticeGate(heard::add));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void aNoticeIsHeardAndNothingComesThrough() {
        assertThat(channel.writeInbound(Unpooled.wrappedBuffer(NoticeGate.frame(NOTICE))))
                .isFalse();
        assertThat(heard).containsExactly(NOTICE);
    }

    @Test
    void aNoticeMayComeByteByByte() {
        ByteBuffer frame = NoticeGate.frame(NOTICE);
        while (frame.hasRemaining()) {
            assertThat(heard).isEmpty();
            assertThat(channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {frame.get()})))
                    .isFalse();
        }
        assertThat(heard).containsExactly(NOTICE);
    }

    @Test
    void whatBeginsOtherwiseComesThroughUnchanged() {
        byte[] hello = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01};
        assertThat(channel.writeInbound(Unpooled.wrappedBuffer(hello))).isTrue();
        assertThat(read()).isEqualTo(hello);
        byte[] more = {0, 0, 0, 0x44, 0x04, 0x20};
        assertThat(channel.writeInbound(Unpooled.wrappedBuffer(more))).isTrue();
        assertThat(read()).isEqualTo(more);
        assertThat(heard).isEmpty();
    }

    @Test
    void aFrameThatDiffersOnlyLateInItsHeadComesThroughWhole() {
        ByteBuffer frame = NoticeGate.frame(NOTICE);
        byte[] other = new byte[16];
        frame.get(other);
        other[15] = 1;
        for (int i = 0; i < 15; i++) {
            assertThat(channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {other[i]})))
                    .isFalse();
        }
        assertThat(channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {other[15]})))
                .isTrue();
        assertThat(read()).isEqualTo(other);
        assertThat(heard).isEmpty();
    }

    private byte[] read() {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
            all.writeBytes(next);
            next.release();
        }
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }
}
