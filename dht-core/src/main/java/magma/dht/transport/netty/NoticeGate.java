package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import magma.dht.wire.Codecs;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.PeerRequest.DeathNotice;

/**
 * Where a connection may say one thing before all encryption: that a process has ended. Who brings that has no certificate, as the one that had it has ended; the notice proves itself.
 * What begins otherwise goes on as if this were not here.
 */
final class NoticeGate extends ByteToMessageDecoder {
    private static final int FRAME_BYTES = Frame.HEAD_BYTES + 16 + 8 + DeathNotice.SEAL_BYTES;

    private final Consumer<DeathNotice> heard;

    /** The connection has brought a notice, and brings nothing else. */
    record Noticed() {}

    /** @param heard told what may be forged, on the event loop */
    NoticeGate(Consumer<DeathNotice> heard) {
        this.heard = heard;
    }

    /** The frame that a gate takes. */
    static ByteBuffer frame(DeathNotice notice) {
        return Codecs.encode(notice, 0).head();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws MalformedFrameException {
        if (!mayBeNotice(in)) {
            context.pipeline().remove(this);
            return;
        }
        if (in.readableBytes() < FRAME_BYTES) {
            return;
        }
        ByteBuf frame = in.readSlice(FRAME_BYTES);
        in.skipBytes(in.readableBytes());
        if (Frames.decode(Frames.head(frame), frame) instanceof DeathNotice notice) {
            context.fireUserEventTriggered(new Noticed());
            heard.accept(notice);
        }
    }

    private static boolean mayBeNotice(ByteBuf in) {
        ByteBuffer head = ByteBuffer.allocate(Frame.HEAD_BYTES);
        Frame.writeHead(head, FRAME_BYTES - Frame.HEAD_BYTES, Codecs.DEATH_NOTICE, 0);
        int known = Math.min(in.readableBytes(), Frame.HEAD_BYTES);
        for (int i = 0; i < known; i++) {
            if (in.getByte(in.readerIndex() + i) != head.get(i)) {
                return false;
            }
        }
        return true;
    }
}
