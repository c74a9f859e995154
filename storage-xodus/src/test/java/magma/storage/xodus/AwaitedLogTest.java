package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who syncs the log sleeps while nothing comes, and wakes when something does. */
class AwaitedLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private SegmentLog log;

    @BeforeEach
    void open() throws Exception {
        UUID storage = new UUID(1, 2);
        SegmentFile first = Segments.first(directory, storage);
        TreeMap<Integer, SegmentFile> files = new TreeMap<>();
        files.put(first.number(), first);
        log = new SegmentLog(
                directory,
                1 << 20,
                new Segments(directory, storage, files),
                Position.of(first.number(), SegmentHeader.BYTES),
                Steps.NONE);
    }

    private void append() throws Exception {
        log.scratch().writer.mark();
        long unused = log.append(at -> {});
    }

    @Test
    void whatIsAppendedWakesWhoSleeps() throws Exception {
        long end = log.end();
        Thread waiting = new Thread(() -> log.awaitWritten(end, TimeUnit.HOURS.toNanos(1)));
        waiting.setDaemon(true);
        waiting.start();
        append();
        waiting.join(PATIENCE.toMillis());
        assertThat(waiting.isAlive()).isFalse();
    }

    @Test
    void nobodySleepsWhereSomethingHasCome() throws Exception {
        long end = log.end();
        append();
        Thread waiting = new Thread(() -> log.awaitWritten(end, TimeUnit.HOURS.toNanos(1)));
        waiting.setDaemon(true);
        waiting.start();
        waiting.join(PATIENCE.toMillis());
        assertThat(waiting.isAlive()).isFalse();
    }
}
