package magma.dht.council;

import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** Where slices are and who leads them. Each slice is decided for itself. */
final class SliceRules {
    private SliceRules() {}

    static Result change(Draft draft, CouncilCommand.ChangeSlices command) {
        SortedSet<Long> changed = new TreeSet<>();
        SortedMap<Long, String> refused = new TreeMap<>();
        for (Map.Entry<Long, SliceConfig> wish : command.next().entrySet()) {
            long slice = wish.getKey();
            SliceConfig current = draft.slices.get(slice);
            String objection = current == null ? "no such slice" : objection(draft, current, wish.getValue());
            if (objection == null) {
                draft.slices.put(slice, wish.getValue());
                changed.add(slice);
            } else {
                refused.put(slice, objection);
            }
        }
        return result(draft, changed, refused);
    }

    private static @Nullable String objection(Draft draft, SliceConfig current, SliceConfig next) {
        String objection = SliceConfigs.objection(current, next);
        if (objection != null) {
            return objection;
        }
        for (VulcanoId member : next.inSync()) {
            if (!current.inSync().contains(member) && draft.joined(member) == null) {
                return member + " is no member and cannot come into the set";
            }
        }
        return null;
    }

    static Result place(Draft draft, CouncilCommand.Place command) {
        SortedSet<Long> changed = new TreeSet<>();
        SortedMap<Long, String> refused = new TreeMap<>();
        for (Map.Entry<Long, SortedSet<VulcanoId>> wish : command.replicas().entrySet()) {
            long slice = wish.getKey();
            SliceConfig current = draft.slices.get(slice);
            String objection = current == null ? "no such slice" : objection(draft, current, wish.getValue());
            if (current != null && objection == null) {
                draft.slices.put(slice, SliceConfigs.withReplicas(current, wish.getValue()));
                changed.add(slice);
            } else {
                refused.put(slice, String.valueOf(objection));
            }
        }
        return result(draft, changed, refused);
    }

    private static @Nullable String objection(Draft draft, SliceConfig current, SortedSet<VulcanoId> replicas) {
        if (replicas.equals(current.replicas())) {
            return "it is there already";
        }
        if (!replicas.contains(current.primary())) {
            return "its primary " + current.primary() + " must hand it over first";
        }
        for (VulcanoId replica : replicas) {
            Member member = draft.joined(replica);
            if (!current.replicas().contains(replica) && (member == null || !member.stores())) {
                return replica + " stores no slices";
            }
        }
        SortedSet<VulcanoId> staying = SliceConfigs.electable(current);
        staying.retainAll(replicas);
        SortedSet<VulcanoId> dropped = SliceConfigs.electable(current);
        dropped.removeAll(replicas);
        dropped.removeIf(replica -> draft.joined(replica) == null);
        if (!dropped.isEmpty() && staying.size() < draft.replicasPerSlice()) {
            return "only " + staying.size() + " others in sync would be left";
        }
        return staying.isEmpty() ? "nobody in sync would be left" : null;
    }

    private static Result result(Draft draft, SortedSet<Long> changed, SortedMap<Long, String> refused) {
        SortedMap<Long, String> shortened = new TreeMap<>();
        refused.forEach((slice, reason) -> shortened.put(slice, Rules.shortened(reason)));
        return new Result.SlicesChanged(draft.version() - (changed.isEmpty() ? 1 : 0), changed, shortened);
    }
}
