package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the stream into frames. A frame that came whole is a slice of the buffer it was received in; one that came in parts is copied once, into a
 * direct buffer of its size. Nothing is allocated before its length is checked.
 */
final class FrameAssembler extends ChannelInboundHandlerAdapter {
    /** The longest frame before a Hello was accepted: enough for any Hello, little for a stranger. */
    static final int STRANGER_LENGTH = 4 << 10;

    private int longest;
    private int lengthBytes;
    private int length;
    private @Nullable ByteBuf partial;

    /** @param longest the longest frame that is taken, for now */
    FrameAssembler(int longest) {
        this.longest = longest;
    }

    /** Takes frames of up to this length from now on. */
    void trust(int length) {
        longest = length;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws MalformedFrameException {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                ByteBuf frame = next(context, in);
                if (frame != null) {
                    context.fireChannelRead(frame);
                }
            }
        } finally {
            in.release();
        }
    }

    private @Nullable ByteBuf next(ChannelHandlerContext context, ByteBuf in) throws MalformedFrameException {
        if (partial == null) {
            boolean inOnePiece = lengthBytes == 0;
            while (lengthBytes < Frame.LENGTH_BYTES && in.isReadable()) {
                length = length << 8 | in.readUnsignedByte();
                lengthBytes++;
            }
            if (lengthBytes < Frame.LENGTH_BYTES) {
                return null;
            }
            begin(context, in, inOnePiece);
        }
        ByteBuf frame = partial;
        if (frame == null) {
            return whole(in);
        }
        in.readBytes(frame, Math.min(in.readableBytes(), frame.writableBytes()));
        if (frame.isWritable()) {
            return null;
        }
        reset();
        return frame;
    }

    /** The length is known: makes room for the rest, if that is not here already. */
    private void begin(ChannelHandlerContext context, ByteBuf in, boolean inOnePiece) throws MalformedFrameException {
        Frame.checkLength(length);
        if (length > longest) {
            throw new MalformedFrameException("a frame of " + length + " bytes, of at most " + longest);
        }
        if (!inOnePiece || in.readableBytes() < length) {
            int bytes = Frame.LENGTH_BYTES + length;
            partial = context.alloc().directBuffer(bytes, bytes).writeInt(length);
        }
    }

    private ByteBuf whole(ByteBuf in) {
        ByteBuf frame = in.retainedSlice(in.readerIndex() - Frame.LENGTH_BYTES, Frame.LENGTH_BYTES + length);
        in.skipBytes(length);
        reset();
        return frame;
    }

    private void reset() {
        partial = null;
        lengthBytes = 0;
        length = 0;
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        handlerRemoved(context);
        context.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (partial != null) {
            partial.release();
        }
        reset();
    }
}
