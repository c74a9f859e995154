package magma.dht.transport.netty;

import java.io.IOException;

/** The connection broke before the reply came. */
final class ContactLostException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean sent;

    /** @param sent whether the vulcano may have got the request */
    ContactLostException(boolean sent, String detail) {
        super(detail);
        this.sent = sent;
    }

    boolean isSent() {
        return sent;
    }
}
