package magma.vulcano;

import magma.dht.council.CouncilState;
import magma.dht.transport.netty.WireListener;

/** Ends the connections of those who are not of the network any more: revoked people, and vulcanos that are gone. */
final class Revocations {
    private final WireListener listener;
    private int known;

    Revocations(WireListener listener) {
        this.listener = listener;
    }

    void learn(CouncilState state) {
        int now = state.revoked().size()
                + (int) state.members().values().stream()
                        .filter(member -> !member.joined())
                        .count();
        if (now != known) {
            known = now;
            listener.endRevoked();
        }
    }
}
