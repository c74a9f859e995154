package magma.dht.council;

import java.util.ArrayList;
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

/** A state in the making. */
final class Draft {
    private final CouncilState before;
    private final SliceMap map;

    Founding founding;
    String name;
    int featureLevel;
    int replicasWanted;
    final SortedMap<VulcanoId, Member> members;
    final SortedMap<Long, SliceConfig> slices;
    final SortedMap<UUID, SessionRecord> sessions;
    final SortedMap<String, TokenRecord> tokens;
    final SortedMap<String, CertificateRecord> certificates;
    final SortedSet<String> revoked;
    byte[] authority;

    Draft(CouncilState state) {
        before = state;
        map = state.map();
        founding = state.founding();
        name = state.name();
        featureLevel = state.featureLevel();
        replicasWanted = state.replicasWanted();
        members = new TreeMap<>(state.members());
        slices = new TreeMap<>(state.slices());
        sessions = new TreeMap<>(state.sessions());
        tokens = new TreeMap<>(state.tokens());
        certificates = new TreeMap<>(state.certificates());
        revoked = new TreeSet<>(state.revoked());
        authority = state.authority();
    }

    /** The version that the state will have if the command is accepted. */
    long version() {
        return before.version() + 1;
    }

    /** The member, when it belongs to the network. */
    @Nullable
    Member joined(VulcanoId id) {
        Member member = members.get(id);
        return member != null && member.joined() ? member : null;
    }

    /** As {@link CouncilState#replicasPerSlice}, for what the draft has become. */
    int replicasPerSlice() {
        int storing = (int) members.values().stream().filter(Member::stores).count();
        int most = replicasWanted == 0 ? CouncilState.AUTOMATIC_REPLICAS : replicasWanted;
        return Math.max(1, Math.min(most, storing));
    }

    /** The state before, but for a result that is remembered. */
    static CouncilState unchanged(CouncilState state, Remembered result) {
        return new Draft(state).build(state.version(), remembering(state, result));
    }

    CouncilState build(Remembered result) {
        return build(version(), remembering(before, result));
    }

    CouncilState build(long version) {
        return build(version, before.remembered());
    }

    private CouncilState build(long version, List<Remembered> remembered) {
        return new CouncilState(
                version,
                founding,
                before.network(),
                name,
                featureLevel,
                replicasWanted,
                members,
                map,
                slices,
                sessions,
                tokens,
                certificates,
                revoked,
                authority,
                remembered);
    }

    private static List<Remembered> remembering(CouncilState state, Remembered result) {
        List<Remembered> remembered = new ArrayList<>(state.remembered());
        remembered.add(result);
        long weight = 0;
        for (Remembered each : remembered) {
            weight += each.weight();
        }
        int forgotten = 0;
        while (weight > CouncilState.REMEMBERED && forgotten < remembered.size() - 1) {
            weight -= remembered.get(forgotten).weight();
            forgotten++;
        }
        return remembered.subList(forgotten, remembered.size());
    }
}
