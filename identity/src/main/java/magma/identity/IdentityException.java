package magma.identity;

import java.io.IOException;

/** Keys or certificates are damaged, foreign, missing or not as they must be; the message says which, and what to do. */
public final class IdentityException extends IOException {
    private static final long serialVersionUID = 1L;

    public IdentityException(String message) {
        super(message);
    }

    public IdentityException(String message, Throwable cause) {
        super(message, cause);
    }
}
