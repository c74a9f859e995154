package magma.vulcano;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import magma.dht.key.KeyFunction;
import magma.dht.key.KeyScheme;
import magma.dht.volume.LavaVolume;

/** What the filesystems of all networks have in common. */
final class Volumes {
    static final KeyScheme KEYS = new KeyScheme(KeyFunction.SHA1);

    private Volumes() {}

    /** Of this machine's clock and randomness. */
    static LavaVolume.Parts parts(UUID network) {
        SecureRandom random = new SecureRandom();
        return new LavaVolume.Parts(
                KEYS,
                network,
                count -> {
                    byte[] bytes = new byte[count];
                    random.nextBytes(bytes);
                    return bytes;
                },
                LavaVolume.sleeping(),
                Instant::now);
    }
}
