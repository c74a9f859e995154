package magma.dht.runtime;

import java.time.Duration;

/** Has work done behind whoever asks for it. */
@FunctionalInterface
public interface Later {
    /** Has {@code task} run once {@code delay} has passed, on a thread of its own on which it may block. Returns at once. */
    void run(Duration delay, Runnable task);
}
