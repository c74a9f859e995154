package magma.dht.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import magma.dht.council.CommandId;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
    private static final VulcanoId FIRST = new VulcanoId(new UUID(0, 1));
    private static final VulcanoId SECOND = new VulcanoId(new UUID(0, 2));

    private final Arrivals arrivals = new Arrivals();
    private int commands;

    @Test
    void whoComesIsUnderWayUntilNothingIsLackingThere() {
        CouncilState alone = alone();
        assertThat(arrivals.areUnderWay(alone, seconds(0))).isTrue();
        assertThat(arrivals.areUnderWay(alone, seconds(2))).isFalse();
        CouncilState behind = withSecond(alone);
        assertThat(arrivals.areUnderWay(behind, seconds(3))).isTrue();
        assertThat(arrivals.areUnderWay(behind, seconds(6))).isTrue();
        assertThat(arrivals.areUnderWay(caughtUp(behind), seconds(7))).isFalse();
    }

    @Test
    void whoseDataIsMuchIsNotWaitedFor() {
        CouncilState behind = withSecond(alone());
        assertThat(arrivals.areUnderWay(behind, seconds(1))).isTrue();
        assertThat(arrivals.areUnderWay(behind, seconds(12))).isFalse();
    }

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private CouncilState alone() {
        CouncilState founded = CouncilState.found(
                new Founding(1, new UUID(1, 1)),
                new UUID(7, 7),
                "etna",
                Member.joining(FIRST, "host1:7000", MemberKind.STORING),
                SliceMap.even(1));
        return started(founded, FIRST);
    }

    private CouncilState withSecond(CouncilState alone) {
        CouncilState joined = accepted(
                alone, new CouncilCommand.AddMember(next(), Member.joining(SECOND, "host2:7000", MemberKind.STORING)));
        TreeSet<VulcanoId> both = new TreeSet<>(Set.of(FIRST, SECOND));
        CouncilState started = started(joined, SECOND);
        return accepted(
                started,
                new CouncilCommand.Place(
                        next(), new TreeMap<>(Map.of(started.slices().firstKey(), both))));
    }

    private CouncilState caughtUp(CouncilState behind) {
        long slice = behind.slices().firstKey();
        SliceConfig config = behind.slices().values().iterator().next();
        return accepted(
                behind, new CouncilCommand.ChangeSlices(next(), new TreeMap<>(Map.of(slice, config.with(SECOND)))));
    }

    private CouncilState started(CouncilState state, VulcanoId member) {
        return accepted(state, new CouncilCommand.MemberStarted(next(), member, 1, "host:7000", "1.0", 1));
    }

    private static CouncilState accepted(CouncilState state, CouncilCommand command) {
        var applied = state.apply(command);
        assertThat(applied.result().accepted()).as(command.toString()).isTrue();
        return applied.state();
    }

    private CommandId next() {
        return new CommandId(new UUID(99, ++commands));
    }
}
