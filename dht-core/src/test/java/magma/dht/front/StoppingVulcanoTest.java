package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import magma.dht.routing.RoutingTable;
import magma.dht.slice.SliceMap;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A vulcano that stops asks nobody any more for those that it serves. */
class StoppingVulcanoTest {
    private final ExecutorService background = Executors.newCachedThreadPool();
    private final RoutingTable table = new RoutingTable(SliceMap.even(1));
    private final SessionHomes homes = new SessionHomes(
            (home, name, listener) -> new FakePart(),
            new Homes.SessionName(new UUID(2, 2), 1, "test"),
            ChangeListener.NONE,
            background);

    @AfterEach
    void end() {
        background.shutdownNow();
    }

    private Errno failure(boolean canAskElsewhere) {
        FrontCalls calls = new FrontCalls(Whereabouts.of(table, canAskElsewhere), homes, OperationSlots.ofFront(1));
        table.endAt(System.nanoTime());
        return catchThrowableOfType(FsException.class, () -> calls.at(new Key(1, 2, 3), home -> 0))
                .errno();
    }

    @Test
    void whoCanAskAnotherVulcanoIsToldToDoSo() {
        assertThat(failure(true)).isEqualTo(Errno.EREMOTE);
    }

    @Test
    void whoCannotIsToldThatItFailed() {
        assertThat(failure(false)).isEqualTo(Errno.EIO);
    }
}
