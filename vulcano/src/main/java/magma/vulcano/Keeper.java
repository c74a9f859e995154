package magma.vulcano;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import magma.dht.transport.netty.NetAddress;
import magma.dht.wire.Codecs;
import magma.dht.wire.PeerRequest.DeathNotice;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that survives this one, however it ends, and makes that known: a shell at the other end of a pipe that the magma script has made. Each line that it is told replaces
 * the one before: a frame as octal escapes, then HOST/PORT of each vulcano to bring it to; or {@value #NOTHING}, which sends it home. Where there is none, or it has ended,
 * nothing is lost but the speed at which others take over.
 */
final class Keeper {
    private static final Logger log = LoggerFactory.getLogger(Keeper.class);

    /** The environment variable that names the pipe. */
    private static final String PIPE = "MAGMA_KEEPER";

    private static final String NOTHING = "nothing";

    private final @Nullable Path pipe;
    private @Nullable Thread writer;
    private @Nullable String wanted;

    private Keeper(@Nullable Path pipe) {
        this.pipe = pipe;
    }

    /** @param environment of this process */
    static Keeper of(Map<String, String> environment) {
        String name = environment.get(PIPE);
        return new Keeper(name == null ? null : Path.of(name));
    }

    /** Has the notice of this process's death brought to those addresses, when it comes to that. */
    void entrust(DeathNotice notice, List<NetAddress> others) {
        StringBuilder line = new StringBuilder();
        ByteBuffer frame = Codecs.encode(notice, 0).head();
        while (frame.hasRemaining()) {
            line.append(String.format("\\%03o", frame.get() & 0xff));
        }
        for (NetAddress other : others) {
            line.append(' ').append(other.host().getHostAddress()).append('/').append(other.port());
        }
        tell(line.toString());
    }

    /** There is nothing to be made known. */
    void dismiss() {
        tell(NOTHING);
    }

    /** On a thread of its own: a pipe whose other end has gone must not hold anybody up. */
    private synchronized void tell(String line) {
        if (pipe == null || line.equals(wanted)) {
            return;
        }
        wanted = line;
        if (writer == null) {
            Thread thread = new Thread(() -> write(pipe), "magma-keeper");
            thread.setDaemon(true);
            writer = thread;
            thread.start();
        }
        notifyAll();
    }

    private void write(Path to) {
        String told = null;
        try (OutputStream out = Files.newOutputStream(to, StandardOpenOption.WRITE)) {
            while (!NOTHING.equals(told)) {
                told = next(told);
                out.write((told + "\n").getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            log.info("The keeper has ended; if this vulcano dies, others take over only after a few seconds");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized String next(@Nullable String told) throws InterruptedException {
        while (wanted == null || Objects.equals(wanted, told)) {
            wait();
        }
        return wanted;
    }
}
