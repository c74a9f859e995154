package magma.dht.council;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;

/** States to test with: vulcanos are numbered from 1, of which 1 founded the network. */
final class States {
    private long commands;

    static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number));
    }

    static SortedSet<VulcanoId> ids(int... numbers) {
        SortedSet<VulcanoId> ids = new TreeSet<>();
        for (int number : numbers) {
            ids.add(id(number));
        }
        return ids;
    }

    static Member member(int number, MemberKind kind) {
        return Member.joining(id(number), "host" + number + ":7000", kind);
    }

    /** One that is there. */
    static Member known(CouncilState state, int number) {
        Member member = state.member(id(number));
        if (member == null) {
            throw new AssertionError("no member " + number);
        }
        return member;
    }

    static CouncilState founded(int slices) {
        return CouncilState.found(
                new Founding(1, new UUID(1, 1)),
                new UUID(7, 7),
                "etna",
                member(1, MemberKind.STORING),
                SliceMap.even(slices));
    }

    /** Founded, joined and started by as many storing vulcanos. */
    CouncilState of(int members, int slices) {
        CouncilState state = started(founded(slices), 1, 1);
        for (int number = 2; number <= members; number++) {
            state = joined(state, number, MemberKind.STORING);
        }
        return state;
    }

    CouncilState joined(CouncilState state, int number, MemberKind kind) {
        return started(accepted(state, new CouncilCommand.AddMember(next(), member(number, kind))), number, 1);
    }

    CouncilState started(CouncilState state, int number, long incarnation) {
        return accepted(
                state,
                new CouncilCommand.MemberStarted(next(), id(number), incarnation, "host" + number + ":7000", "1.0", 1));
    }

    CouncilState died(CouncilState state, int number) {
        long incarnation = known(state, number).incarnation();
        return accepted(state, new CouncilCommand.MemberDied(next(), id(number), incarnation));
    }

    CouncilState expelled(CouncilState state, int number) {
        return accepted(
                state,
                new CouncilCommand.ExpelMember(next(), id(number), MemberState.EXPELLED, new TreeSet<>(List.of())));
    }

    CommandId next() {
        return new CommandId(new UUID(99, ++commands));
    }

    static CouncilState accepted(CouncilState state, CouncilCommand command) {
        Applied applied = state.apply(command);
        if (!applied.result().accepted()) {
            throw new AssertionError(command + ": " + applied.result());
        }
        return applied.state();
    }

    static SliceConfig config(CouncilState state, long slice) {
        SliceConfig config = state.slices().get(slice);
        if (config == null) {
            throw new AssertionError("no slice " + slice);
        }
        return config;
    }

    /** All replicas of all slices have caught up. */
    CouncilState caughtUp(CouncilState state) {
        CouncilState next = state;
        for (long slice : state.slices().keySet()) {
            for (VulcanoId replica : config(next, slice).replicas()) {
                SliceConfig now = config(next, slice);
                if (!now.inSync().contains(replica)) {
                    next = change(next, slice, now.with(replica));
                }
            }
        }
        return next;
    }

    CouncilState change(CouncilState state, long slice, SliceConfig config) {
        return accepted(state, changing(slice, config));
    }

    CouncilCommand.ChangeSlices changing(long slice, SliceConfig config) {
        java.util.TreeMap<Long, SliceConfig> next = new java.util.TreeMap<>();
        next.put(slice, config);
        return new CouncilCommand.ChangeSlices(next(), next);
    }

    CouncilCommand.Place placing(long slice, SortedSet<VulcanoId> replicas) {
        java.util.TreeMap<Long, SortedSet<VulcanoId>> places = new java.util.TreeMap<>();
        places.put(slice, replicas);
        return new CouncilCommand.Place(next(), places);
    }
}
