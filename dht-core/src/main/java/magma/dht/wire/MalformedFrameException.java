package magma.dht.wire;

import java.io.IOException;

/** Bytes that are no frame of this protocol. The connection they came by is of no more use. */
public final class MalformedFrameException extends IOException {
    private static final long serialVersionUID = 1L;

    public MalformedFrameException(String detail) {
        super(detail);
    }

    public MalformedFrameException(String detail, Throwable cause) {
        super(detail, cause);
    }
}
