package magma.dht.host;

import java.time.Duration;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Result;
import magma.dht.replication.SliceConfig;
import magma.dht.runtime.EventCount;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the replicas' wishes to the council and its word back. What comes while the council is busy goes together, so that a vulcano that was lost costs a few commands
 * and not one for each of its slices.
 */
public final class CouncilClerk implements ReplicaPorts.Clerk, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CouncilClerk.class);

    /** Wishes that follow each other within this go together. */
    private static final long GATHER_MILLIS = 2;

    /** The council's word on what it has decided is read where it does not come within this. */
    private static final Duration WORD = Duration.ofMillis(50);

    /** @param isAsked whether somebody waits for the latest word, whatever it is */
    private record Wishes(SortedMap<Long, SliceConfig> proposals, boolean isAsked) {}

    private final Council council;
    private final Consumer<CouncilState> learned;
    private final SortedMap<Long, SliceConfig> proposals = new TreeMap<>();
    private final Set<Long> asked = new TreeSet<>();
    private final Thread thread = new Thread(this::run, "magma-clerk");
    private volatile @Nullable CompletableFuture<?> waiting;

    /** The latest version that the council has told by itself; without end when this is closed. */
    private final EventCount told = new EventCount();

    private boolean closed;

    /** @param learned told each word of the council, none older than this process */
    public CouncilClerk(Council council, Consumer<CouncilState> learned) {
        this.council = council;
        this.learned = learned;
        thread.setDaemon(true);
    }

    /** @param first that the council has said to this process when asked */
    public void start(CouncilState first) {
        learned.accept(first);
        council.watch(state -> {
            if (state.version() >= first.version()) {
                learned.accept(state);
                told.advanceTo(state.version());
            }
        });
        thread.start();
    }

    @Override
    public synchronized void ask(long slice) {
        asked.add(slice);
        notifyAll();
    }

    @Override
    public synchronized void propose(long slice, SliceConfig next) {
        proposals.put(slice, next);
        notifyAll();
    }

    private void run() {
        try {
            for (Wishes wishes = next(); wishes != null; wishes = next()) {
                carry(wishes);
            }
        } catch (InterruptedException e) {
            log.debug("The clerk stops");
        }
    }

    private void carry(Wishes wishes) throws InterruptedException {
        try {
            if (!wishes.proposals().isEmpty()) {
                CouncilCommand command =
                        new CouncilCommand.ChangeSlices(new CommandId(UUID.randomUUID()), wishes.proposals());
                Result result = await(council.propose(command));
                log.debug("{}", result);
                // What was decided comes by itself, as a rule sooner than it could be read.
                if (!wishes.isAsked()
                        && result instanceof Result.SlicesChanged changed
                        && told.await(changed.version(), WORD)) {
                    return;
                }
            }
            learned.accept(await(council.read()));
        } catch (CancellationException e) {
            log.debug("The clerk stops");
        } catch (ExecutionException e) {
            // The replicas ask again.
            log.debug("No word from the council", e);
        } catch (RuntimeException e) {
            log.error("The council's word could not be taken up", e);
        }
    }

    /** @throws CancellationException when this is closed */
    private <T> T await(CompletableFuture<T> answer) throws InterruptedException, ExecutionException {
        waiting = answer;
        synchronized (this) {
            if (closed) {
                throw new CancellationException();
            }
        }
        return answer.get();
    }

    /** What waits; null when this is closed. */
    private synchronized @Nullable Wishes next() throws InterruptedException {
        while (proposals.isEmpty() && asked.isEmpty() && !closed) {
            wait();
        }
        // What befalls one slice befalls many, as the death of a vulcano does: the others' wishes come within moments.
        for (int before = 0; before < proposals.size() && !closed; ) {
            before = proposals.size();
            wait(GATHER_MILLIS);
        }
        if (closed) {
            return null;
        }
        Wishes taken = new Wishes(new TreeMap<>(proposals), !asked.isEmpty());
        proposals.clear();
        asked.clear();
        return taken;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        told.advanceTo(Long.MAX_VALUE);
        // No interrupt: the thread may be at the storage, whose files that would close.
        CompletableFuture<?> asked = waiting;
        if (asked != null) {
            asked.cancel(false);
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
