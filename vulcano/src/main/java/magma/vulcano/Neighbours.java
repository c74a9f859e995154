package magma.vulcano;

import java.time.Duration;
import java.util.function.Supplier;
import magma.dht.council.Council;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.PeerLinks;
import magma.dht.transport.netty.RemoteSettings;
import org.jspecify.annotations.Nullable;

/** Where the other vulcanos are: the council says so, and who is new goes by the contacts it was given. */
final class Neighbours implements PeerLinks.Directory {
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** After three times that contact is lost: about when others have taken over from one that hangs, and what was asked of it is to be asked of them. */
    private static final Duration QUIET = Duration.ofMillis(1_200);

    private final NodeParts parts;
    private final Supplier<@Nullable Council> council;
    private final Expulsion expulsion;

    /** @param council null while the seat in it is not taken */
    Neighbours(NodeParts parts, Supplier<@Nullable Council> council, Expulsion expulsion) {
        this.parts = parts;
        this.council = council;
        this.expulsion = expulsion;
    }

    @Override
    public @Nullable RemoteSettings find(VulcanoId vulcano) {
        NetAddress address = addressOf(vulcano);
        if (address == null) {
            return null;
        }
        RemoteSettings usual = RemoteSettings.of(address, parts.security());
        return new RemoteSettings(usual.vulcano(), parts.network(), CONNECT, usual.patience(), QUIET, parts.security());
    }

    @Nullable
    NetAddress addressOf(VulcanoId vulcano) {
        Council known = council.get();
        Member member = known == null ? null : known.state().member(vulcano);
        return member == null || member.address().isEmpty()
                ? parts.contacts().get(vulcano)
                : NetAddress.parse(member.address());
    }

    @Override
    public void revoked() {
        expulsion.heard();
    }
}
