package magma.identity;

import java.util.UUID;
import magma.dht.identity.Invitation;
import magma.fs.FsException;

/** Where the network keeps what it knows of tokens, and sees to it that each is good for one. May block. */
@FunctionalInterface
public interface TokenRedeemer {
    /**
     * What one who joins has shown.
     *
     * @param token its id
     * @param verifier {@link magma.dht.identity.Token#verifier(UUID, byte[])} of the secret that was shown: must be the one that was kept, compared in constant time
     * @param name whom the one who joins wants to be
     * @param key SHA-256 of its public key: tells a request that is sent again from another's
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Redemption(UUID token, byte[] verifier, String name, byte[] key) {}

    /**
     * Takes a token, for ever: when this returns the token is good for nobody but this key, to whom it is granted again.
     *
     * @throws FsException EACCES when the token is not known, its secret is another, it has expired or was taken by another key, or (for a vulcano) when the name is
     *     a member's already; else when the network cannot say now
     */
    Invitation redeem(Redemption shown) throws FsException;
}
