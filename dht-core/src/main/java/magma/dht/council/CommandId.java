package magma.dht.council;

import java.util.UUID;

/** Names one command for ever, however often it is sent. */
public record CommandId(UUID uuid) {
    @Override
    public String toString() {
        return uuid.toString();
    }
}
