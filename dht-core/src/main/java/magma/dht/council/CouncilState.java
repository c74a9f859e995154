package magma.dht.council;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import org.jspecify.annotations.Nullable;

/**
 * All that the council holds. Immutable; {@link #apply} gives the next one. Equal states that apply equal commands are equal again, on every machine.
 *
 * @param version grows by one with each command that is accepted, and by {@link #RESTORED} when a lost council is founded again
 * @param network names the network for ever
 * @param name of the network, for people
 * @param featureLevel up to which all members may use what newer releases brought
 * @param replicasWanted of each slice; 0 for as many as there are storing members, up to 3
 * @param members all that ever joined
 * @param slices by number, one for each slice of {@code map}
 * @param sessions of clients
 * @param tokens invitations by their id
 * @param certificates those that the authority has signed and that are good or were so lately, by serial number
 * @param revoked serials of certificates that are worth nothing any more
 * @param authority the authority's certificate and sealed key, as the identity's own bytes; empty when there is none
 * @param remembered the last commands and their results, the oldest first
 */
public record CouncilState(
        long version,
        Founding founding,
        UUID network,
        String name,
        int featureLevel,
        int replicasWanted,
        SortedMap<VulcanoId, Member> members,
        SliceMap map,
        SortedMap<Long, SliceConfig> slices,
        SortedMap<UUID, SessionRecord> sessions,
        SortedMap<String, TokenRecord> tokens,
        SortedMap<String, CertificateRecord> certificates,
        SortedSet<String> revoked,
        byte[] authority,
        List<Remembered> remembered) {
    /** How many results are remembered; one about many slices counts as several. */
    public static final int REMEMBERED = 1024;

    /** By how much the version, and the epoch of each slice, is raised when a lost council is founded again: more than any member may have seen since. */
    public static final long RESTORED = 1L << 32;

    /** How many replicas a slice has when nothing else is asked for and there are as many members. */
    public static final int AUTOMATIC_REPLICAS = 3;

    public CouncilState {
        members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
        slices = Collections.unmodifiableSortedMap(new TreeMap<>(slices));
        sessions = Collections.unmodifiableSortedMap(new TreeMap<>(sessions));
        tokens = Collections.unmodifiableSortedMap(new TreeMap<>(tokens));
        certificates = Collections.unmodifiableSortedMap(new TreeMap<>(certificates));
        revoked = Collections.unmodifiableSortedSet(new TreeSet<>(revoked));
        authority = Fields.checkBytes("an authority", authority, Fields.MAX_AUTHORITY);
        remembered = List.copyOf(remembered);
        Fields.checkText("a name", name, Fields.MAX_NAME);
        Fields.checkCount("members", members.size(), Fields.MAX_MEMBERS);
        Fields.checkCount("sessions", sessions.size(), Fields.MAX_SESSIONS);
        Fields.checkCount("invitations", tokens.size(), Fields.MAX_TOKENS);
        Fields.checkCount("certificates", certificates.size(), Fields.MAX_CERTIFICATES);
        Fields.checkCount("revoked certificates", revoked.size(), Fields.MAX_REVOKED);
        Fields.checkCount("remembered results", remembered.size(), REMEMBERED);
        if (version < 1 || featureLevel < 0 || replicasWanted < 0 || replicasWanted > Fields.MAX_REPLICAS) {
            throw new IllegalArgumentException("version " + version + ", feature level " + featureLevel + ", "
                    + replicasWanted + " replicas wanted");
        }
        if (slices.size() != map.slices().size()) {
            throw new IllegalArgumentException(
                    slices.size() + " configurations of " + map.slices().size() + " slices");
        }
        for (var slice : map.slices()) {
            if (!slices.containsKey(slice.number())) {
                throw new IllegalArgumentException("no configuration of slice " + slice.number());
            }
        }
    }

    /**
     * A network that begins with one vulcano, which holds all slices.
     *
     * @param founding the first: number 1
     */
    public static CouncilState found(Founding founding, UUID network, String name, Member founder, SliceMap map) {
        SortedMap<Long, SliceConfig> slices = new TreeMap<>();
        SortedSet<VulcanoId> alone = new TreeSet<>(List.of(founder.id()));
        map.slices().forEach(slice -> slices.put(slice.number(), SliceConfig.first(founder.id(), alone)));
        SortedMap<VulcanoId, Member> members = new TreeMap<>();
        members.put(founder.id(), founder.as(VotingRole.VOTER));
        return new CouncilState(
                1,
                founding,
                network,
                name,
                founder.featureLevel(),
                0,
                members,
                map,
                slices,
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeSet<>(),
                new byte[0],
                List.of());
    }

    /** This state as the first of a council that takes the place of the lost one, with one voter. */
    public CouncilState foundedAgain(UUID nextGroup, VulcanoId voter) {
        if (member(voter) == null) {
            throw new IllegalArgumentException(voter + " is no member");
        }
        Draft draft = new Draft(this);
        draft.founding = founding.again(nextGroup);
        draft.members.replaceAll((id, member) -> member.as(id.equals(voter) ? VotingRole.VOTER : VotingRole.LEARNER));
        draft.slices.replaceAll((number, config) -> SliceConfigs.foundedAgain(config));
        return draft.build(Math.addExact(version, RESTORED));
    }

    /** A state that is to be the first, with the network's authority. */
    public CouncilState withAuthority(byte[] bytes) {
        Draft draft = new Draft(this);
        draft.authority = bytes;
        return draft.build(version);
    }

    /** What {@code command} makes of this state. */
    public Applied apply(CouncilCommand command) {
        for (Remembered before : remembered) {
            if (before.id().equals(command.id())) {
                return new Applied(this, before.result());
            }
        }
        return Rules.apply(this, command);
    }

    @Override
    public byte[] authority() {
        return authority.clone();
    }

    public @Nullable Member member(VulcanoId id) {
        return members.get(id);
    }

    /** How many replicas each slice shall have, given who stores. */
    public int replicasPerSlice() {
        int storing = (int) members.values().stream().filter(Member::stores).count();
        int most = replicasWanted == 0 ? AUTOMATIC_REPLICAS : replicasWanted;
        return Math.max(1, Math.min(most, storing));
    }

    /** Sessions that were bound to a process that is over, or whose vulcano has gone for ever: nobody will come back for them. */
    public List<UUID> strandedSessions() {
        return sessions.values().stream()
                .filter(this::stranded)
                .map(SessionRecord::session)
                .toList();
    }

    private boolean stranded(SessionRecord session) {
        Member front = members.get(session.front());
        if (session.boundToIncarnation() == 0) {
            return false;
        }
        return front == null
                || !front.joined()
                || front.incarnation() > session.boundToIncarnation()
                || (front.incarnation() == session.boundToIncarnation() && !front.up());
    }

    public byte[] encode() {
        return StateCodec.encode(this);
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no state */
    public static CouncilState decode(byte[] bytes) {
        return StateCodec.decode(bytes);
    }

    /** Without what only machines care for. */
    @Override
    public String toString() {
        return "CouncilState[version=" + version + ", founding=" + founding.number() + ", network=" + network
                + ", name="
                + name + ", " + members.size() + " members, " + slices.size() + " slices, " + sessions.size()
                + " sessions]";
    }
}
