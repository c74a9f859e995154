package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import magma.council.ratis.RatisCouncil;
import magma.dht.council.CouncilState;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.dht.identity.TokenException;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import magma.identity.Applicant;
import magma.identity.Authority;
import magma.identity.AuthorityFile;
import magma.identity.Identity;
import magma.identity.IdentityFile;
import magma.identity.NetworkSecret;
import magma.identity.SealedAuthority;
import magma.identity.TlsContexts;
import org.jspecify.annotations.Nullable;

/** How a person comes to have a certificate of a network: by a token, or by the authority itself. */
public final class Membership {
    private Membership() {}

    /**
     * What a person has now.
     *
     * @param holder role, name and network, for people
     */
    public record Joined(String holder, List<String> addresses) {}

    /**
     * Becomes a client or operator by a token.
     *
     * @param name where the invitation names nobody
     * @param file where the identity is kept, for those who name it; null to keep it for this user's commands
     * @throws IllegalArgumentException for a text that is no token, or one that has expired
     * @throws RefusalException when the network does not take the token
     * @throws UnreachableException when no vulcano that the token names answers
     */
    public static Joined join(String token, String name, @Nullable Path file) throws IOException {
        return join(token, name, file, Surroundings.usual());
    }

    static Joined join(String text, String name, @Nullable Path file, Surroundings around) throws IOException {
        Token token;
        try {
            token = Token.parse(text, around.clock().instant());
        } catch (TokenException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        Applicant applicant = Applicant.create();
        AdminRequest.Join request = new AdminRequest.Join(applicant.joinRequest(token, name), false, Build.LEVEL);
        IOException last = new UnreachableException("the token names no vulcano");
        for (String address : token.addresses()) {
            RemoteSettings remote =
                    RemoteSettings.of(NetAddress.parse(address), TlsContexts.joining(token, around.clock()));
            try (AdminClient client = AdminClient.joining(remote, name)) {
                Reply.Joined joined = client.join(request);
                Identity identity = applicant.joined(joined.reply(), token);
                List<String> addresses =
                        joined.members().stream().map(Reply.Contact::address).toList();
                if (file == null) {
                    Identities.add(around.people().identities(), identity, addresses);
                } else {
                    IdentityFile.at(file).save(identity);
                }
                return new Joined(identity.toString(), addresses);
            } catch (FsException e) {
                throw new RefusalException(String.valueOf(e.getMessage()), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while joining", e);
            } catch (IOException e) {
                last = new UnreachableException(String.valueOf(e.getMessage()), e);
            }
        }
        throw last;
    }

    /**
     * The network's authority, to be put away.
     *
     * @param data of a vulcano of the network, be it running or not
     * @param passphrase of at least 8 characters
     * @return PEM; whoever has it and the passphrase rules the network
     */
    public static String exportAuthority(Path data, char[] passphrase) throws IOException {
        CouncilState known =
                DataDirectory.hasCouncil(data) ? RatisCouncil.lastSeen(data.resolve(Creation.COUNCIL)) : null;
        if (known == null) {
            throw new RefusalException(data + " is not the data directory of a vulcano of a network");
        }
        NetworkSecret secret = NetworkSecret.load(data.resolve(Creation.IDENTITY));
        return AuthorityFile.export(SealedAuthority.ofBytes(known.authority()).open(secret), passphrase);
    }

    /**
     * Makes this user an operator of the network whose authority is in {@code pem}. The certificate that is kept was signed, and noted, by a vulcano.
     *
     * @param address HOST:PORT of a vulcano of it
     */
    public static Joined importAuthority(String pem, char[] passphrase, String address) throws IOException {
        return importAuthority(pem, passphrase, address, Surroundings.usual());
    }

    static Joined importAuthority(String pem, char[] passphrase, String address, Surroundings around)
            throws IOException {
        Authority authority = AuthorityFile.read(pem, passphrase);
        Principal operator = new Principal(authority.network(), Role.OPERATOR, Me.name(), Me.claims(), "");
        Identity first = Identity.issue(authority, operator, around.clock().instant());
        RemoteSettings remote = RemoteSettings.of(
                NetAddress.parse(address), new TlsContexts(() -> first, member -> false, around.clock()));
        try (AdminClient client = new AdminClient(remote, "operator with the authority")) {
            Applicant applicant = Applicant.create();
            Identity noted = applicant.renewed(client.renew(applicant.renewRequest()), first);
            Identities.add(around.people().identities(), noted, List.of(address));
            return new Joined(noted.toString(), List.of(address));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the authority was used", e);
        }
    }
}
