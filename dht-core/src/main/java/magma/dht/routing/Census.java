package magma.dht.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Space;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/** How many flares the network has and how full it is: asked of all vulcanos, at most once a second. */
public final class Census {
    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final VulcanoId self;
    private final Supplier<PeerReply.CensusOf> own;
    private final PeerCalls peers;
    private final Supplier<Members> members;
    private @Nullable Count last;
    private long lastAt;

    /**
     * Who is counted.
     *
     * @param storing the vulcanos that store slices and are up
     * @param copies how many replicas each slice has
     */
    public record Members(List<VulcanoId> storing, int copies) {}

    private record Count(long flares, Space space) {}

    public Census(VulcanoId self, Supplier<PeerReply.CensusOf> own, PeerCalls peers, Supplier<Members> members) {
        this.self = self;
        this.own = own;
        this.peers = peers;
        this.members = members;
    }

    /** As many as there are just now. */
    synchronized long flares() throws FsException {
        last = null;
        return count().flares();
    }

    Space space() throws FsException {
        return count().space();
    }

    private synchronized Count count() throws FsException {
        Count known = last;
        long now = System.nanoTime();
        if (known == null || now - lastAt > FRESH_NANOS) {
            known = take();
            last = known;
            lastAt = now;
        }
        return known;
    }

    private Count take() throws FsException {
        Members all = members.get();
        List<CompletableFuture<Reply>> asked = new ArrayList<>();
        for (VulcanoId member : all.storing()) {
            asked.add(
                    member.equals(self)
                            ? CompletableFuture.completedFuture(own.get())
                            : peers.call(member, new PeerRequest.TakeCensus()));
        }
        long flares = 0;
        long total = 0;
        long used = 0;
        long available = 0;
        List<Long> rooms = new ArrayList<>();
        for (CompletableFuture<Reply> each : asked) {
            if (answer(each) instanceof PeerReply.CensusOf one) {
                flares += one.flares();
                total += one.total();
                used += one.used();
                available += one.available();
                rooms.add(one.available());
            }
        }
        int copies = Math.max(1, all.copies());
        // What is spread over as many vulcanos as it has copies goes on without those that are full, as long as enough
        // have room.
        rooms.sort(Comparator.reverseOrder());
        int enough = Math.min(SliceConfig.usualMinimum(copies), rooms.size());
        long room = all.storing().size() > copies ? available / copies : enough == 0 ? 0 : rooms.get(enough - 1);
        return new Count(flares, new Space(total / copies, used / copies, room));
    }

    /** Those who do not answer are left out. */
    private static @Nullable Reply answer(CompletableFuture<Reply> asked) throws FsException {
        try {
            return asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while vulcanos were counted", e);
        }
    }
}
