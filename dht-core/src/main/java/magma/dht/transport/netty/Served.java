package magma.dht.transport.netty;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import magma.dht.front.Homes;
import magma.dht.transport.PeerService;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;
import org.jspecify.annotations.Nullable;

/**
 * What a vulcano serves on its address.
 *
 * @param clients opens sessions of clients; one without a name gets one
 * @param relayed opens other vulcanos' clients' sessions, for what this vulcano answers for, and no more
 * @param beside completes, normally, when sessions that are not served but belong to this process have heard of what they were told until now
 * @param peers answers other vulcanos; null where there are none. Where there are some, sessions of clients can go on at those
 */
public record Served(
        Sessions clients,
        Sessions relayed,
        Administration administration,
        Supplier<? extends CompletionStage<Void>> beside,
        @Nullable PeerService peers) {

    /** The feature level of what is served. */
    int features() {
        return peers == null ? 0 : Signal.HELD_LOCKS;
    }

    /** Opens a session for a client. */
    @FunctionalInterface
    public interface Sessions {
        FileSystem open(Homes.SessionName name, ChangeListener listener) throws FsException;
    }

    /** Of a vulcano without others. */
    public static Served alone(Volume volume, Administration administration) {
        Sessions sessions = (name, listener) -> volume.openSession(name.client(), listener);
        return new Served(sessions, sessions, administration, () -> CompletableFuture.completedFuture(null), null);
    }
}
