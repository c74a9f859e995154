package magma.dht.host;

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
import magma.dht.replication.SliceConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the replicas' wishes to the council and its word back. What comes while the council is busy goes together, so that a vulcano that was lost costs a few commands
 * and not one for each of its slices.
 */
public final class CouncilClerk implements ReplicaPorts.Clerk, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(CouncilClerk.class);

    private final Council council;
    private final Consumer<CouncilState> learned;
    private final SortedMap<Long, SliceConfig> proposals = new TreeMap<>();
    private final Set<Long> asked = new TreeSet<>();
    private final Thread thread = new Thread(this::run, "magma-clerk");
    private volatile @Nullable CompletableFuture<?> waiting;
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
            for (SortedMap<Long, SliceConfig> wishes = next(); wishes != null; wishes = next()) {
                carry(wishes);
            }
        } catch (InterruptedException e) {
            log.debug("The clerk stops");
        }
    }

    private void carry(SortedMap<Long, SliceConfig> wishes) throws InterruptedException {
        try {
            if (!wishes.isEmpty()) {
                CouncilCommand command = new CouncilCommand.ChangeSlices(new CommandId(UUID.randomUUID()), wishes);
                log.debug("{}", await(council.propose(command)));
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

    /** What waits, alone; null when this is closed. Questions are answered with any word. */
    private synchronized @Nullable SortedMap<Long, SliceConfig> next() throws InterruptedException {
        while (proposals.isEmpty() && asked.isEmpty() && !closed) {
            wait();
        }
        if (closed) {
            return null;
        }
        SortedMap<Long, SliceConfig> taken = new TreeMap<>(proposals);
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
