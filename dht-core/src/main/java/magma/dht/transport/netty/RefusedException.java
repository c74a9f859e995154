package magma.dht.transport.netty;

import java.io.IOException;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/** The vulcano does not want this client, and says why. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Signal.Reason reason;

    RefusedException(Signal.Refused refused) {
        this(refused.reason(), "the vulcano refused the connection: " + refused.detail(), null);
    }

    RefusedException(Signal.Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Signal.Reason reason() {
        return reason;
    }
}
