package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
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

/** To whom a vulcano that leaves gives what it leads. */
class DepartureTest {
    private static final VulcanoId SELF = id(1);
    private static final VulcanoId SECOND = id(2);
    private static final VulcanoId THIRD = id(3);
    private static final SliceConfig CONFIG = SliceConfig.first(SELF, new TreeSet<>(List.of(SELF, SECOND, THIRD)))
            .with(SECOND)
            .with(THIRD);

    private static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number));
    }

    private static CouncilState network() {
        CouncilState state = CouncilState.found(
                new Founding(1, new UUID(1, 1)),
                new UUID(7, 7),
                "etna",
                Member.joining(SELF, "a:1", MemberKind.STORING),
                SliceMap.even(1));
        int command = 0;
        for (VulcanoId other : List.of(SECOND, THIRD)) {
            state = state.apply(new CouncilCommand.AddMember(
                            new CommandId(new UUID(9, ++command)), Member.joining(other, "b:1", MemberKind.STORING)))
                    .state();
            state = state.apply(new CouncilCommand.MemberStarted(
                            new CommandId(new UUID(9, ++command)), other, 1, "b:1", "1.0", 1))
                    .state();
        }
        return state;
    }

    @Test
    void whoLeadsLeastIsNext() {
        assertThat(Departure.next(CONFIG, network(), Set.of(), Map.of(SECOND, 1, THIRD, 5)))
                .isEqualTo(SECOND);
    }

    @Test
    void oneWhoseDiskHasRoomComesFirst() {
        assertThat(Departure.next(CONFIG, network(), Set.of(SECOND), Map.of(SECOND, 1, THIRD, 5)))
                .isEqualTo(THIRD);
    }

    @Test
    void whereAllDisksAreFullOneOfThemLeadsAllTheSame() {
        assertThat(Departure.next(CONFIG, network(), Set.of(SECOND, THIRD), Map.of(SECOND, 1, THIRD, 5)))
                .isEqualTo(SECOND);
    }
}
