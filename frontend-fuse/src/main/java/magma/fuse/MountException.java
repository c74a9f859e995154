package magma.fuse;

import java.io.IOException;

/** A volume could not be mounted or unmounted; the message says why and what to do. */
public final class MountException extends IOException {
    private static final long serialVersionUID = 1L;

    MountException(String message) {
        super(message);
    }

    MountException(String message, Throwable cause) {
        super(message, cause);
    }
}
