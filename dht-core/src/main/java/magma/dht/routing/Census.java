package magma.dht.routing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
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

/** How many flares the network has and how full it is: asked of all vulcanos, at most once a second. Safe for all threads. */
public final class Census {
    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Writes wait for how much room there is: one that hangs must not hold them up. */
    private static final Duration GLANCE = Duration.ofMillis(250);

    private final VulcanoId self;
    private final Supplier<PeerReply.CensusOf> own;
    private final PeerCalls peers;
    private final Supplier<Members> members;
    private final LongSupplier nanos;

    /** What each said last, however late. */
    private final Map<VulcanoId, PeerReply.CensusOf> said = new ConcurrentHashMap<>();

    private volatile @Nullable Counted counted;

    private record Counted(Space space, long at) {}

    /**
     * Who is counted.
     *
     * @param storing the vulcanos that store slices and are up
     * @param copies how many replicas each slice has
     */
    public record Members(List<VulcanoId> storing, int copies) {}

    public Census(VulcanoId self, Supplier<PeerReply.CensusOf> own, PeerCalls peers, Supplier<Members> members) {
        this(self, own, peers, members, System::nanoTime);
    }

    /** @param nanos monotonic */
    Census(
            VulcanoId self,
            Supplier<PeerReply.CensusOf> own,
            PeerCalls peers,
            Supplier<Members> members,
            LongSupplier nanos) {
        this.self = self;
        this.own = own;
        this.peers = peers;
        this.members = members;
        this.nanos = nanos;
    }

    /** As many as there are just now; those of vulcanos that do not answer are left out. */
    long flares() throws FsException {
        Members all = members.get();
        Map<VulcanoId, PeerReply.CensusOf> answers = ask(all, PATIENCE);
        Space unused = counted(all);
        return answers.values().stream().mapToLong(PeerReply.CensusOf::flares).sum();
    }

    /** A vulcano that does not answer soon is taken to be as full as it was when it last did. */
    Space space() throws FsException {
        Counted known = counted;
        if (known != null && nanos.getAsLong() - known.at() <= FRESH_NANOS) {
            return known.space();
        }
        Members all = members.get();
        // Of whom nothing is known yet more is waited for.
        Map<VulcanoId, PeerReply.CensusOf> unused =
                ask(all, said.keySet().containsAll(all.storing()) ? GLANCE : PATIENCE);
        return counted(all);
    }

    private Space counted(Members all) {
        said.keySet().retainAll(all.storing());
        Space space = spaceOf(said.values(), all);
        counted = new Counted(space, nanos.getAsLong());
        return space;
    }

    private static Space spaceOf(Collection<PeerReply.CensusOf> each, Members all) {
        long total = 0;
        long used = 0;
        long available = 0;
        List<Long> rooms = new ArrayList<>();
        for (PeerReply.CensusOf one : each) {
            total += one.total();
            used += one.used();
            available += one.available();
            rooms.add(one.available());
        }
        int copies = Math.max(1, all.copies());
        // What is spread over as many vulcanos as it has copies goes on without those that are full, as long as enough
        // have room.
        rooms.sort(Comparator.reverseOrder());
        int enough = Math.min(SliceConfig.usualMinimum(copies), rooms.size());
        long room = all.storing().size() > copies ? available / copies : enough == 0 ? 0 : rooms.get(enough - 1);
        return new Space(total / copies, used / copies, room);
    }

    /** @return what those say who answer in time; what others say later is noted then */
    private Map<VulcanoId, PeerReply.CensusOf> ask(Members all, Duration patience) throws FsException {
        Map<VulcanoId, CompletableFuture<Reply>> asked = new HashMap<>();
        for (VulcanoId member : all.storing()) {
            CompletableFuture<Reply> answer = member.equals(self)
                    ? CompletableFuture.completedFuture(own.get())
                    : peers.call(member, new PeerRequest.TakeCensus());
            asked.put(member, answer.whenComplete((reply, failure) -> {
                if (reply instanceof PeerReply.CensusOf one) {
                    said.put(member, one);
                }
            }));
        }
        long deadline = System.nanoTime() + patience.toNanos();
        Map<VulcanoId, PeerReply.CensusOf> answers = new HashMap<>();
        for (Map.Entry<VulcanoId, CompletableFuture<Reply>> each : asked.entrySet()) {
            if (answer(each.getValue(), deadline) instanceof PeerReply.CensusOf one) {
                answers.put(each.getKey(), one);
            }
        }
        return answers;
    }

    private static @Nullable Reply answer(CompletableFuture<Reply> asked, long deadline) throws FsException {
        try {
            return asked.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while vulcanos were counted", e);
        }
    }
}
