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

    /** A session does not wait for one that says nothing: others take over, and are asked as soon as it is known. */
    private static final Duration CONNECT_TO_SILENT = Duration.ofMillis(500);

    /** After three times that contact is lost: about when others have taken over from one that hangs, and what was asked of it is to be asked of them. */
    private static final Duration QUIET = Duration.ofMillis(1_200);

    private final NodeParts parts;
    private final Supplier<@Nullable Council> council;
    private final Expulsion expulsion;
    private final Contacts contacts;

    /** @param council null while the seat in it is not taken */
    Neighbours(NodeParts parts, Supplier<@Nullable Council> council, Expulsion expulsion, Contacts contacts) {
        this.parts = parts;
        this.council = council;
        this.expulsion = expulsion;
        this.contacts = contacts;
    }

    @Override
    public @Nullable RemoteSettings find(VulcanoId vulcano) {
        return settings(vulcano, CONNECT);
    }

    /** How a session of a client reaches a vulcano; null where its address is not known. */
    @Nullable
    RemoteSettings forSession(VulcanoId vulcano) {
        return settings(vulcano, contacts.isSilent(vulcano) ? CONNECT_TO_SILENT : CONNECT);
    }

    private @Nullable RemoteSettings settings(VulcanoId vulcano, Duration connect) {
        NetAddress address = addressOf(vulcano);
        if (address == null) {
            return null;
        }
        RemoteSettings usual = RemoteSettings.of(address, parts.security());
        return new RemoteSettings(usual.vulcano(), parts.network(), connect, usual.patience(), QUIET, parts.security());
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
