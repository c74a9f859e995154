package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundInvoker;
import java.nio.ByteBuffer;
import magma.dht.wire.Codecs;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;

/** Between messages and Netty's buffers. Content is never copied here. */
final class Frames {
    private Frames() {}

    /** The frame of a message. Its content, if any, is the message's own buffer, which must stay as it is until the frame is written. */
    static ByteBuf encode(Message message, long id) {
        Codecs.Encoded encoded = Codecs.encode(message, id);
        ByteBuffer content = encoded.content();
        ByteBuf head = Unpooled.wrappedBuffer(encoded.head());
        return content == null || !content.hasRemaining()
                ? head
                : Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(content));
    }

    /** Sends a frame. One that cannot be sent ends the connection, and that is what tells of it. */
    @SuppressWarnings("FutureReturnValueIgnored")
    static void send(ChannelOutboundInvoker to, ByteBuf frame) {
        to.writeAndFlush(frame);
    }

    /** Begins to close a connection, whose end is told by its handlers. */
    @SuppressWarnings("FutureReturnValueIgnored")
    static void close(ChannelOutboundInvoker connection) {
        connection.close();
    }

    static Frame head(ByteBuf frame) throws MalformedFrameException {
        return Frame.readHead(frame.nioBuffer(frame.readerIndex(), Frame.HEAD_BYTES));
    }

    /** The message in a frame. Its content, if any, is a view of the frame, good until that is released. */
    static Message decode(Frame head, ByteBuf frame) throws MalformedFrameException {
        int body = frame.readableBytes() - Frame.HEAD_BYTES;
        return Codecs.decode(head.type(), frame.nioBuffer(frame.readerIndex() + Frame.HEAD_BYTES, body));
    }
}
