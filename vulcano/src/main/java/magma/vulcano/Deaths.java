package magma.vulcano;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.host.Incarnations;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerRequest.DeathNotice;
import magma.dht.wire.Reply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this vulcano knows of processes of others that have ended for certain. A notice that is genuine, and of a later process than those known to have ended, is told to the
 * replicas here, to the council, and to the other vulcanos; all others are ignored. Safe for all threads.
 */
final class Deaths {
    private static final Logger log = LoggerFactory.getLogger(Deaths.class);

    private final VulcanoId self;
    private final Notary notary;
    private final Listener replicas;
    private final Supplier<@Nullable Council> council;
    private final PeerCalls others;
    private final Executor background;
    private final Map<VulcanoId, Long> ended = new HashMap<>();
    private final AtomicBoolean forged = new AtomicBoolean();

    /** The replicas here. */
    @FunctionalInterface
    interface Listener {
        void died(VulcanoId vulcano, Incarnations ended);
    }

    /** @param council null while there is none yet */
    Deaths(
            VulcanoId self,
            Notary notary,
            Listener replicas,
            Supplier<@Nullable Council> council,
            PeerCalls others,
            Executor background) {
        this.self = self;
        this.notary = notary;
        this.replicas = replicas;
        this.council = council;
        this.others = others;
        this.background = background;
    }

    /**
     * Somebody brings a notice. Returns at once.
     *
     * @return whether it says anything new
     */
    boolean heard(DeathNotice notice) {
        VulcanoId vulcano = notice.vulcano();
        if (vulcano.equals(self)) {
            // Of an earlier process; this one lives.
            return false;
        }
        if (!notary.isGenuine(notice)) {
            if (forged.compareAndSet(false, true)) {
                log.warn(
                        "Somebody says that {} has died, and cannot prove it: ignored, as more of that will be",
                        vulcano);
            }
            return false;
        }
        synchronized (ended) {
            if (ended.getOrDefault(vulcano, 0L) >= notice.incarnation()) {
                return false;
            }
            ended.put(vulcano, notice.incarnation());
        }
        Council known = council.get();
        if (known == null) {
            return true;
        }
        CouncilState state = known.state();
        Member member = state.member(vulcano);
        if (member == null) {
            return false;
        }
        replicas.died(vulcano, new Incarnations(notice.incarnation()));
        if (member.incarnation() > notice.incarnation()) {
            log.info("An earlier process of {} at {} had ended", vulcano, member.address());
            return true;
        }
        log.info("{} at {} has ended: its death notice came", vulcano, member.address());
        known.memberDied(vulcano);
        background.execute(() -> relay(notice, state));
        background.execute(() -> tell(known, notice));
        return true;
    }

    /** The process of a vulcano that has ended, if no other has begun since; null where none is known to have. */
    @Nullable
    Incarnations lastOf(VulcanoId vulcano) {
        Long process;
        synchronized (ended) {
            process = ended.get(vulcano);
        }
        Council known = council.get();
        Member member = process == null || known == null ? null : known.state().member(vulcano);
        return process == null || member == null || member.incarnation() > process ? null : new Incarnations(process);
    }

    private void relay(DeathNotice notice, CouncilState state) {
        List<CompletableFuture<Reply>> told = tellAll(notice, state);
        log.debug("{} is passed on to {} others", notice, told.size());
    }

    /** Tells the other vulcanos; the answers come when they have heard it. */
    List<CompletableFuture<Reply>> tellAll(DeathNotice notice, CouncilState state) {
        List<CompletableFuture<Reply>> told = new ArrayList<>();
        for (Member member : state.members().values()) {
            VulcanoId other = member.id();
            if (member.joined() && member.up() && !other.equals(self) && !other.equals(notice.vulcano())) {
                told.add(others.call(other, notice));
            }
        }
        return told;
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private static void tell(Council council, DeathNotice notice) {
        council.propose(new CouncilCommand.MemberDied(
                        new CommandId(UUID.randomUUID()), notice.vulcano(), notice.incarnation()))
                .whenComplete((result, failure) -> log.debug("{}: {}", notice, result, failure));
    }
}
