package magma.dht.transport.netty;

import java.util.UUID;
import magma.dht.identity.Principal;
import magma.dht.wire.Frame;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/** Whom a vulcano talks to: those who speak its version of the protocol and look for its network. */
final class Greeting {
    private Greeting() {}

    /**
     * Why a stranger is sent away.
     *
     * @param detail for people: says what to do
     */
    record Refusal(Signal.Reason reason, String detail) {}

    /** Looks at the head of the first frame, which is the same in all versions; null where it can be read on. */
    static @Nullable Refusal ofVersion(Frame head) {
        return head.version() == Frame.VERSION
                ? null
                : new Refusal(
                        Signal.Reason.VERSION,
                        "this vulcano speaks version " + Frame.VERSION + " of the protocol, the client "
                                + head.version() + ": run the same release of Magma on both");
    }

    /** Looks at who is there: null for none that has shown a certificate. */
    static @Nullable Refusal ofPeer(@Nullable Principal peer) {
        return peer != null
                ? null
                : new Refusal(
                        Signal.Reason.IDENTITY,
                        "this vulcano talks to members of its network only, and the client has shown no certificate:"
                                + " join with a token from \"magma invite\"");
    }

    /** Looks at what the first frame says; null where the client is welcome. */
    static @Nullable Refusal ofNetwork(Signal.Hello hello, UUID network) {
        return hello.network().equals(Signal.Hello.ANY_NETWORK)
                        || hello.network().equals(network)
                ? null
                : new Refusal(
                        Signal.Reason.NETWORK,
                        "this vulcano belongs to the network " + network + ", not to " + hello.network());
    }
}
