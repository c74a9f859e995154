package magma.dht.transport.netty;

import io.netty.channel.Channel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.wire.MalformedFrameException;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one connection that are not answered yet. Nothing more is read from a client that has as many, or as many bytes, under way as it may have, or
 * that does not take its replies. Belongs to the channel's event loop but where a method says more.
 */
final class UnderWay {
    private final Map<Long, RunningRequest> running = new ConcurrentHashMap<>();
    private final int mostRequests;
    private final long mostBytes;
    private int requests;
    private long bytes;

    UnderWay(ListenerSettings settings) {
        this.mostRequests = settings.requests();
        this.mostBytes = settings.bytes();
    }

    /** @throws MalformedFrameException when there is one with the same id */
    void add(RunningRequest run) throws MalformedFrameException {
        if (running.putIfAbsent(run.id(), run) != null) {
            throw new MalformedFrameException("two requests with the id " + run.id());
        }
    }

    /** The one with an id, or null. On any thread. */
    @Nullable
    RunningRequest get(long id) {
        return running.get(id);
    }

    /** It was answered. */
    void remove(RunningRequest run) {
        running.remove(run.id());
    }

    boolean isEmpty() {
        return running.isEmpty();
    }

    List<RunningRequest> all() {
        return List.copyOf(running.values());
    }

    /** A request begins to take memory (1) or takes none any more (-1). One that waits for a lock takes none. */
    void account(RunningRequest run, int sign, Channel channel) {
        if (!run.isWaitingLock()) {
            requests += sign;
            bytes += (long) sign * run.bytes();
            admitMore(channel);
        }
    }

    /** Goes on reading, or stops. */
    void admitMore(Channel channel) {
        channel.config().setAutoRead(requests <= mostRequests && bytes <= mostBytes && channel.isWritable());
    }
}
