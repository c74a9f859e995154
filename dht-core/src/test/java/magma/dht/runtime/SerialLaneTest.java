package magma.dht.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class SerialLaneTest {
    private final Queue<Runnable> workers = new ArrayDeque<>();
    private final SerialLane lane = new SerialLane(workers::add);
    private final List<String> done = new ArrayList<>();

    private void work() {
        for (Runnable task = workers.poll(); task != null; task = workers.poll()) {
            task.run();
        }
    }

    @Test
    void aTaskIsRunHereWhereTheLaneIsEmpty() {
        assertThat(lane.tryHere(() -> done.add("here"))).isTrue();
        assertThat(done).containsExactly("here");
        assertThat(workers).isEmpty();
    }

    @Test
    void nothingIsRunHereBeforeWhatCameFirst() {
        lane.execute(() -> done.add("first"));
        assertThat(lane.tryHere(() -> done.add("second"))).isFalse();
        work();
        assertThat(done).containsExactly("first");
        assertThat(lane.tryHere(() -> done.add("third"))).isTrue();
    }

    @Test
    void whatComesWhileATaskRunsHereIsRunAfterItByAWorker() {
        assertThat(lane.tryHere(() -> {
                    lane.execute(() -> done.add("second"));
                    assertThat(lane.tryHere(() -> done.add("never"))).isFalse();
                    done.add("first");
                }))
                .isTrue();
        assertThat(done).containsExactly("first");
        work();
        assertThat(done).containsExactly("first", "second");
        assertThat(lane.tryHere(() -> done.add("third"))).isTrue();
    }

    @Test
    void aTaskThatFailsHereLeavesTheLaneToTheOthers() {
        assertThatThrownBy(() -> lane.tryHere(() -> {
                    lane.execute(() -> done.add("next"));
                    throw new IllegalStateException("for the test");
                }))
                .isInstanceOf(IllegalStateException.class);
        work();
        assertThat(done).containsExactly("next");
    }
}
