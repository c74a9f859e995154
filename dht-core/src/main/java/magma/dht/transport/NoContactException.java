package magma.dht.transport;

import java.io.IOException;

/** A vulcano cannot be reached, or contact with it was lost before it answered. */
public class NoContactException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean sent;

    /** @param sent whether the request may have reached it */
    public NoContactException(boolean sent, String message) {
        super(message);
        this.sent = sent;
    }

    /** Whether the request may have reached the vulcano. */
    public boolean isSent() {
        return sent;
    }
}
