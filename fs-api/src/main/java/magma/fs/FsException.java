package magma.fs;

import java.io.IOException;

/** An operation was refused or failed, and the caller can act on it: {@link #errno()} says why. */
public final class FsException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Errno errno;

    public FsException(Errno errno, String detail) {
        super(errno + ": " + detail);
        this.errno = errno;
    }

    public FsException(Errno errno, String detail, Throwable cause) {
        super(errno + ": " + detail, cause);
        this.errno = errno;
    }

    public Errno errno() {
        return errno;
    }
}
