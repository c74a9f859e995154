package magma.dht.host;

import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * What the replicas of a vulcano need of the world. None of the calls blocks.
 *
 * @param time of day, by which changes are stamped
 * @param workers run short work that may touch the disk and never waits for another vulcano
 */
public record ReplicaPorts(Peers peers, Clerk clerk, Copier copier, Duties duties, Time time, Executor workers) {

    /** The other vulcanos. */
    @FunctionalInterface
    public interface Peers {
        /** May be lost, late or doubled. */
        void send(VulcanoId to, long slice, ReplicationMessage<Payload> message);
    }

    /** The way to the council. The answer is {@link Replicas#learn}, where one comes. */
    public interface Clerk {
        void ask(long slice);

        void propose(long slice, SliceConfig next);
    }

    /** Copies a slice's state from another vulcano. */
    @FunctionalInterface
    public interface Copier {
        /** The copy is here and survives a loss of power when the stage completes. */
        CompletionStage<Copied> copy(long slice, VulcanoId from);

        /**
         * What was copied.
         *
         * @param at what the source had committed when the copy began: it holds all up to there
         * @param upTo what the source had committed when it ended: it holds nothing later
         */
        record Copied(Version at, Version upTo) {}
    }

    /** Who is to be told which slices this vulcano leads. */
    public interface Duties {
        /** This vulcano answers for the slice from now on. On a worker. */
        void began(long slice);

        /** It is about to have another vulcano answer for the slice: what waits here in memory is stored first. Returns when that is so, or cannot be. */
        void leaves(long slice);

        /** It does not any more. On any thread, with the slice's turn held: must return at once. */
        void ended(long slice);

        /** A replica has heard a later word of the council. With the slice's turn held: must return at once. */
        void learned(long slice, SliceConfig config);

        /** A replica has failed for good, as when its disk has. */
        void failed(long slice, Throwable cause);
    }

    /** The clocks. */
    public interface Time {
        /** The time of day. */
        Instant now();

        /** Monotonic nanoseconds. */
        long nanos();
    }

    /** Asked of a replica that does not lead. */
    public static final class NotPrimaryException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient @Nullable SliceConfig config;

        public NotPrimaryException(long slice, @Nullable SliceConfig config) {
            super("slice " + slice + " is not led here; known is " + config, null, false, false);
            this.config = config;
        }

        /** What the replica knows of the council's word; null for nothing. */
        public @Nullable SliceConfig config() {
            return config;
        }
    }
}
