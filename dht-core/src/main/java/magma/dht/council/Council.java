package magma.dht.council;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import magma.dht.replication.VulcanoId;

/** Port: the council as one member of the network reaches it, voter or not. Safe for all threads; no method blocks for longer than its deadline. */
public interface Council extends AutoCloseable {
    /** What was applied here last. It may lag behind what was decided, never lead. Versions never go back. */
    CouncilState state();

    /**
     * Has a command decided, in one order with all others.
     *
     * @return its result; or, exceptionally, {@link CouncilUnavailableException} when there was none within the deadline. Then it may or may not happen: propose it again
     *     under the same id. When the future completes, {@link #state} may not show the change yet: {@link Result.Accepted#version} says what to wait for
     */
    CompletableFuture<Result> propose(CouncilCommand command);

    /**
     * A state that has all that was decided before the call.
     *
     * @return the state; or, exceptionally, {@link CouncilUnavailableException} when that could not be had within the deadline
     */
    CompletableFuture<CouncilState> read();

    /**
     * Calls {@code watcher} with the current state, then with a later one after each change: in order, one call at a time, on a thread of the council. Several changes
     * may come as one. It must return soon and must not wait for the council.
     */
    void watch(Consumer<CouncilState> watcher);

    CouncilStatus status();

    /** A vulcano's process has ended, for certain: where it led the council, another is to lead at once. Returns at once. */
    default void memberDied(VulcanoId dead) {}

    /** Leaves the consensus in good order. What is under way completes exceptionally. */
    @Override
    void close();
}
