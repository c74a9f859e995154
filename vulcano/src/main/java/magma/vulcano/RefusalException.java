package magma.vulcano;

import java.io.IOException;

/** What was asked for would put data at risk or is not possible here, so nothing was done; the message says why and what to do. */
public final class RefusalException extends IOException {
    private static final long serialVersionUID = 1L;

    public RefusalException(String message) {
        super(message);
    }

    public RefusalException(String message, Throwable cause) {
        super(message, cause);
    }
}
