package magma.dht.transport.netty;

import java.io.IOException;
import magma.dht.wire.Signal;

/** The vulcano does not want this client, and says why. */
public final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Signal.Reason reason;

    RefusedException(Signal.Refused refused) {
        super("the vulcano refused the connection: " + refused.detail());
        this.reason = refused.reason();
    }

    public Signal.Reason reason() {
        return reason;
    }
}
