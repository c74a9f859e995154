package magma.dht.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The other replicas as the primary sees them: without whom nothing is committed, and who shall come and go. One that it has asked the council to take in counts as
 * in sync from then on: the council may have done so already.
 */
final class Members {
    private final Seat<?> seat;

    /** The entry with which this process began to lead: what comes before may have been committed under another primary, so a learner must have it. */
    private final long beginning;

    private long durable;
    private final SortedMap<VulcanoId, Peer> peers = new TreeMap<>();
    private SortedMap<VulcanoId, Peer> needed = new TreeMap<>();

    /** Has nearly caught up: nothing is committed without it until it has, and the council can be asked. */
    private @Nullable VulcanoId joining;

    /** What the council was asked to say next in this epoch. It may have said so. */
    private @Nullable SliceConfig asked;

    Members(Seat<?> seat, long beginning) {
        this.seat = seat;
        this.beginning = beginning;
    }

    /** What one that is not in sync had in an earlier epoch counts for nothing: it may have been restored since, or have gone and come back. */
    void reconfigured() {
        asked = null;
        joining = null;
        SliceConfig config = seat.knownConfig();
        SortedSet<VulcanoId> others = new TreeSet<>(config.replicas());
        others.remove(seat.self);
        peers.keySet().retainAll(others);
        for (VulcanoId other : others) {
            Peer peer = peers.computeIfAbsent(other, id -> new Peer(seat.log.lastSequence() + 1, seat.now()));
            if (!config.inSync().contains(other)) {
                peer.forget();
            }
        }
        countNeeded();
    }

    private void countNeeded() {
        SortedSet<VulcanoId> ids = new TreeSet<>(seat.knownConfig().inSync());
        SliceConfig next = asked;
        if (next != null) {
            ids.addAll(next.inSync());
        }
        VulcanoId learner = joining;
        if (learner != null) {
            ids.add(learner);
        }
        ids.remove(seat.self);
        SortedMap<VulcanoId, Peer> all = new TreeMap<>();
        ids.forEach(id -> all.put(id, peer(id)));
        needed = all;
        peers.forEach((id, peer) -> peer.needed = all.containsKey(id));
    }

    SortedMap<VulcanoId, Peer> peers() {
        return peers;
    }

    /** Those without whom nothing is committed, this replica left out. */
    SortedMap<VulcanoId, Peer> needed() {
        return needed;
    }

    Peer peer(VulcanoId id) {
        Peer peer = peers.get(id);
        if (peer == null) {
            throw new IllegalStateException(id + " is no replica in " + seat.config());
        }
        return peer;
    }

    @Nullable
    SliceConfig asked() {
        return asked;
    }

    void asked(SliceConfig next) {
        asked = next;
        countNeeded();
    }

    /** Whether nothing is held by any other although the slice shall have several replicas. */
    boolean isAlone() {
        return needed.isEmpty() && seat.knownConfig().replicas().size() > 1;
    }

    /** Whether it takes entries: they are of no use to one that is away or must be restored. */
    boolean isFollowing(Peer peer) {
        return !peer.adrift && !isSilent(peer, lease());
    }

    /**
     * Whether it gets entries as soon as there are any. One that is not needed and whose full disk takes nothing gets some again and again, so that it goes on by itself,
     * and no more: it would have to keep them all in memory.
     */
    boolean isFed(Peer peer) {
        return peer.needed
                || !peer.isFull()
                || !isStuck(peer, 2 * seat.settings.beacon().toNanos());
    }

    /** What the council should say next; null for what it says now. */
    @Nullable
    SliceConfig wanted() {
        SliceConfig config = seat.knownConfig();
        for (VulcanoId member : config.inSync()) {
            if (!member.equals(seat.self) && mustGo(member, config)) {
                return config.without(member);
            }
        }
        VulcanoId learner = joining;
        if (learner == null || !isNear(learner)) {
            learner = nearest();
            joining = learner;
            countNeeded();
        }
        return learner != null && hasCaughtUp(peer(learner)) ? config.with(learner) : null;
    }

    /** What the others in sync promise to hold, or to have synced, one that comes to them must too. */
    private boolean hasCaughtUp(Peer peer) {
        return peer.matched >= Math.max(beginning, seat.log.committed()) && peer.synced >= durable();
    }

    /** All in sync have synced this, and that was told. */
    void promised(long sequence) {
        durable = Math.max(durable, sequence);
    }

    /** What one that comes must have synced. */
    long durable() {
        return Math.max(beginning, durable);
    }

    /** One that is silent, or that lost power; one whose disk is full, where enough have room; and one that answers but gets no further, where enough others are in sync. */
    private boolean mustGo(VulcanoId member, SliceConfig config) {
        Peer peer = peer(member);
        return config.unclean().containsKey(member)
                || isSilent(peer, lease())
                || (peer.isFull() && enoughHaveRoom(seat.available()))
                || (isStuck(peer, lease()) && config.inSync().size() > config.minInSync());
    }

    private @Nullable VulcanoId nearest() {
        for (VulcanoId each : peers.keySet()) {
            if (!seat.knownConfig().inSync().contains(each) && isNear(each)) {
                return each;
            }
        }
        return null;
    }

    /**
     * Whether a replica that is not in sync answers in this epoch, lacks no more than one message holds, and gets on. One without room is of use only where too few have
     * any: it keeps what there is, and lets nothing be added.
     */
    private boolean isNear(VulcanoId learner) {
        Peer peer = peer(learner);
        long patience = 2 * seat.settings.beacon().toNanos();
        return peer.epoch == seat.knownConfig().epoch()
                && peer.matched + seat.settings.batch() > seat.log.lastSequence()
                && !isSilent(peer, patience)
                && !isStuck(peer, patience)
                && (!Replication.isFull(peer.available) || !enoughHaveRoom(seat.available()));
    }

    private boolean isSilent(Peer peer, long nanos) {
        return seat.now() - peer.heard > nanos;
    }

    private boolean isStuck(Peer peer, long nanos) {
        return peer.matched < seat.log.lastSequence() && seat.now() - peer.progressed > nanos;
    }

    private long lease() {
        return seat.settings.lease().toNanos();
    }

    /** Until when all that are needed have promised not to take over. */
    long leasedUntil() {
        long until = Long.MAX_VALUE;
        for (Peer peer : needed.values()) {
            Long confirmed = peer.confirmed;
            until = confirmed == null ? Long.MIN_VALUE : Math.min(until, confirmed + lease());
        }
        return until;
    }

    /** When the next of those in sync will have been silent, or stuck, for too long. */
    long due() {
        long due = Long.MAX_VALUE;
        for (Peer peer : needed.values()) {
            due = seat.sooner(due, peer.heard + lease() + 1);
            if (peer.matched < seat.log.lastSequence()) {
                due = seat.sooner(due, peer.progressed + lease() + 1);
            }
        }
        return due;
    }

    /** Whether those in sync that have room are as many as a slice of so many replicas needs. */
    private boolean enoughHaveRoom(long own) {
        SliceConfig config = seat.knownConfig();
        int roomy = own < Seat.ROOM ? 0 : 1;
        for (VulcanoId member : config.inSync()) {
            if (!member.equals(seat.self) && !peer(member).isFull()) {
                roomy++;
            }
        }
        return roomy
                >= Math.max(
                        config.minInSync(),
                        SliceConfig.usualMinimum(config.replicas().size()));
    }

    /** @see Replication#room */
    long room(long own) {
        boolean enough = enoughHaveRoom(own);
        long least = enough && own < Seat.ROOM ? Long.MAX_VALUE : own;
        for (Peer peer : needed.values()) {
            if (!enough || !peer.isFull()) {
                least = Math.min(least, peer.available);
            }
        }
        return least;
    }

    /** Those that have said that their disks are about full. */
    Set<VulcanoId> full() {
        Set<VulcanoId> full = new TreeSet<>();
        peers.forEach((id, peer) -> {
            if (Replication.isFull(peer.available)) {
                full.add(id);
            }
        });
        return full;
    }

    /** One in sync that has room, as far as is known in this epoch; null where there is none. Of several not always the same, since other slices pass on too. */
    @Nullable
    VulcanoId successor() {
        List<VulcanoId> able = new ArrayList<>();
        for (VulcanoId member : seat.knownConfig().inSync()) {
            if (seat.knownConfig().mayFollow(member)) {
                Peer peer = peer(member);
                if (peer.epoch == seat.knownConfig().epoch()
                        && !Replication.isFull(peer.available)
                        && !isSilent(peer, lease())) {
                    able.add(member);
                }
            }
        }
        long turn = seat.log.lastSequence() + seat.now() / lease();
        return able.isEmpty() ? null : able.get((int) Math.floorMod(turn, (long) able.size()));
    }

    /** For how long a replica has been silent is forgotten: it is away. Unless a later process of it has been heard already. */
    void died(VulcanoId vulcano, long process) {
        Peer peer = peers.get(vulcano);
        if (peer != null && !peer.isFollowed(process)) {
            peer.heard = seat.now() - 2 * seat.settings.grace().toNanos();
        }
    }
}
