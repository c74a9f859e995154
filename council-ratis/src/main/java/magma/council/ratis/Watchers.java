package magma.council.ratis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import magma.dht.council.CouncilState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who want to hear of each change. They are called one after another, each with later and later states; a state that is outdated before its turn is left out. */
final class Watchers {
    private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

    /** One who watches, and the version it has seen. */
    private static final class Watcher {
        private final Consumer<CouncilState> consumer;
        private long seen = -1;

        Watcher(Consumer<CouncilState> consumer) {
            this.consumer = consumer;
        }
    }

    private final Executor executor;
    private final List<Watcher> watchers = new ArrayList<>();
    private @Nullable CouncilState latest;
    private boolean running;

    /** @param executor carries out one task at a time here, which may end at any pace */
    Watchers(Executor executor) {
        this.executor = executor;
    }

    synchronized void add(Consumer<CouncilState> consumer) {
        watchers.add(new Watcher(consumer));
        startIfNeeded();
    }

    synchronized void changed(CouncilState state) {
        latest = state;
        startIfNeeded();
    }

    private void startIfNeeded() {
        if (running || latest == null || watchers.isEmpty()) {
            return;
        }
        try {
            executor.execute(this::tell);
            running = true;
        } catch (RejectedExecutionException e) {
            LOG.debug("the council is closed, nobody is told of version {}", latest.version());
        }
    }

    private void tell() {
        while (true) {
            Watcher next = null;
            CouncilState state;
            synchronized (this) {
                state = latest;
                for (Watcher watcher : watchers) {
                    if (state != null && watcher.seen < state.version()) {
                        next = watcher;
                        break;
                    }
                }
                if (next == null || state == null) {
                    running = false;
                    return;
                }
                next.seen = state.version();
            }
            try {
                next.consumer.accept(state);
            } catch (RuntimeException e) {
                LOG.error("who watches the council failed at version {}", state.version(), e);
            }
        }
    }
}
