package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.MessageReader;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.RequestHeader;

/**
 * One request and its answer at a time, in buffers that are used again for the next. Belongs to one thread.
 */
final class Exchange {
    /** The most bytes of content in one request or answer. */
    static final int MAX_CONTENT = 1 << 20;

    /** Room for headers beside the content; the kernel insists on some. */
    private static final int HEADROOM = 4096;

    private static final RequestHeader NOTHING = new RequestHeader(0, 0, 0, 0, 0, 0, 0);

    private final KernelChannel channel;
    private final ByteBuffer in = buffer();
    private final ByteBuffer out = buffer();
    private RequestHeader header = NOTHING;
    private MessageReader body = new MessageReader(ByteBuffer.allocate(0));
    private boolean answered;

    Exchange(KernelChannel channel) {
        this.channel = channel;
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(MAX_CONTENT + HEADROOM).order(ByteOrder.nativeOrder());
    }

    /** Waits for a request. @return false when there will be none */
    boolean receive() throws IOException {
        in.clear();
        return channel.receive(in);
    }

    /** Reads what was received up to the body. */
    void open() throws MalformedMessageException {
        header = NOTHING;
        answered = false;
        body = new MessageReader(in);
        header = RequestHeader.read(body);
        if (header.length() != in.limit()) {
            throw new MalformedMessageException(
                    "a request of " + in.limit() + " bytes that says it has " + header.length());
        }
    }

    RequestHeader header() {
        return header;
    }

    long node() {
        return header.node();
    }

    /** What comes after the header. */
    MessageReader body() {
        return body;
    }

    /** The name that is all of the body, or its next part. */
    Name name() throws MalformedMessageException, FsException {
        return Name.of(body.text());
    }

    /** On whose behalf the request is made. */
    Caller caller(int umask) {
        int pid = header.pid();
        return Caller.of(header.uid(), header.gid(), () -> CallerGroups.of(pid), umask);
    }

    Caller caller() {
        return caller(0);
    }

    /** An empty answer to append to, {@link #MAX_CONTENT} bytes of content or more. */
    ByteBuffer answer() {
        out.clear().position(Replies.HEADER_BYTES);
        return out;
    }

    boolean isAnswered() {
        return answered;
    }

    /** Sends what was put into {@link #answer}. @return false when the caller is gone */
    boolean send() throws IOException {
        return send(0);
    }

    /** Sends an answer that says no more than that it is done. */
    void sendDone() throws IOException {
        answer();
        send(0);
    }

    /** Sends a refusal. */
    void sendError(Errno errno) throws IOException {
        answer();
        send(errno.number());
    }

    private boolean send(int error) throws IOException {
        answered = true;
        Replies.putHeader(out, header.unique(), error);
        out.flip();
        return channel.send(out);
    }

    /** Says that the answer will come later, from another thread, through {@link Later}. */
    Later later() {
        answered = true;
        return new Later(channel, header.unique());
    }

    /** An answer without content that is given once what was asked for is there. */
    record Later(KernelChannel channel, long unique) {
        /** @param error Linux's number of what went wrong, or 0 */
        void send(int error) throws IOException {
            ByteBuffer out = ByteBuffer.allocateDirect(Replies.HEADER_BYTES).order(ByteOrder.nativeOrder());
            out.position(Replies.HEADER_BYTES);
            Replies.putHeader(out, unique, error);
            out.flip();
            channel.send(out);
        }
    }
}
