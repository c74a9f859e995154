package magma.dht.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RefusalLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(RefusalLog.class);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong(5);
    private final RefusalLog refusals = new RefusalLog(nanos::get);

    @BeforeEach
    void listen() {
        said.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(said);
    }

    @AfterEach
    void stop() {
        logger.setAdditive(true);
        logger.detachAppender(said);
    }

    private List<String> lines() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static InetSocketAddress peer(int machine, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) machine}), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aMachineIsNamedOnceAMinuteForEachKindOfReason() {
        for (int port = 1; port < 100; port++) {
            refusals.refused(peer(1, port), "token", "no such token");
        }
        refusals.refused(peer(1, 1), "silence", "it says nothing");
        refusals.refused(peer(2, 1), "token", "no such token");
        assertThat(lines())
                .containsExactly(
                        "Refused /10.0.0.1:1: no such token",
                        "Refused /10.0.0.1:1: it says nothing",
                        "Refused /10.0.0.2:1: no such token");
        nanos.addAndGet(61_000_000_000L);
        refusals.refused(peer(1, 7), "token", "no such token");
        assertThat(lines()).last().isEqualTo("Refused /10.0.0.1:7: no such token (98 more from there since then)");
    }

    @Test
    void anyNumberOfMachinesTakesBoundedRoom() {
        for (int i = 0; i < 5000; i++) {
            refusals.refused(InetSocketAddress.createUnresolved("host" + i, 1), "token", "no");
        }
        assertThat(said.list).hasSize(5000);
    }
}
