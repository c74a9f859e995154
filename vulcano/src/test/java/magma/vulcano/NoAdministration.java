package magma.vulcano;

import java.util.List;
import magma.dht.transport.netty.Administration;
import magma.dht.wire.Reply;

/** Answers no operator. */
final class NoAdministration implements Administration {
    @Override
    public Reply.StatusOf status(List<Reply.SessionStatus> sessions) {
        throw new IllegalStateException("not asked for here");
    }

    @Override
    public void stop() {}

    @Override
    public Reply.Findings checkNamespace() {
        return new Reply.Findings(List.of(), 0, List.of());
    }

    @Override
    public Reply.Places locate(byte[] path) {
        return new Reply.Places(List.of());
    }

    @Override
    public void flush() {}
}
