package magma.vulcano;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the other vulcanos as this one sees them, for people: the council learns of a death by a notice, and of a vulcano that hangs or is cut off not at all. One that
 * does not answer, and of which nothing was heard for {@link Contacts#SILENT}, is silent; another may hear it all the same.
 */
final class Lookout {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final VulcanoId self;
    private final PeerCalls peers;
    private final Contacts contacts;

    /**
     * What is seen of one vulcano.
     *
     * @param census null where it did not answer
     * @param silentSeconds how long ago it was last heard, at least 1; 0 where it was heard just now
     */
    record Seen(PeerReply.@Nullable CensusOf census, long silentSeconds) {
        static final Seen NOTHING = new Seen(null, 0);
    }

    Lookout(VulcanoId self, PeerCalls peers, Contacts contacts) {
        this.self = self;
        this.peers = peers;
        this.contacts = contacts;
    }

    /** Asks all that are said to be up, at once. */
    Map<VulcanoId, Seen> look(CouncilState state, PeerReply.CensusOf own) throws FsException {
        Map<VulcanoId, CompletableFuture<Reply>> asked = new HashMap<>();
        for (Member member : state.members().values()) {
            if (member.joined() && member.up() && !member.id().equals(self)) {
                asked.put(member.id(), peers.call(member.id(), new PeerRequest.TakeCensus()));
            }
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Map<VulcanoId, Seen> seen = new HashMap<>();
        seen.put(self, new Seen(own, 0));
        for (Map.Entry<VulcanoId, CompletableFuture<Reply>> each : asked.entrySet()) {
            seen.put(each.getKey(), seen(each.getKey(), answer(each.getValue(), deadline)));
        }
        return seen;
    }

    private Seen seen(VulcanoId other, PeerReply.@Nullable CensusOf census) {
        if (census != null) {
            contacts.heard(other);
            return new Seen(census, 0);
        }
        Duration silence = contacts.silence(other);
        return new Seen(null, silence.compareTo(Contacts.SILENT) < 0 ? 0 : silence.toSeconds());
    }

    private static PeerReply.@Nullable CensusOf answer(CompletableFuture<Reply> asked, long deadline)
            throws FsException {
        try {
            long left = Math.max(0, deadline - System.nanoTime());
            return asked.get(left, TimeUnit.NANOSECONDS) instanceof PeerReply.CensusOf census ? census : null;
        } catch (ExecutionException | TimeoutException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while vulcanos were counted", e);
        }
    }
}
