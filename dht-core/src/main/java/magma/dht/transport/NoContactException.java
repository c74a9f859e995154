package magma.dht.transport;

/** A vulcano cannot be reached, or contact with it was lost before it answered. */
public final class NoContactException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean sent;

    /** @param sent whether the request may have reached it */
    public NoContactException(boolean sent, String message, Throwable cause) {
        super(message, cause);
        this.sent = sent;
    }

    /** Whether the request may have reached the vulcano. */
    public boolean isSent() {
        return sent;
    }
}
