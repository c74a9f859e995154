package magma.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import magma.it.faults.Call.Kind;
import magma.testkit.history.Linearizability;
import org.junit.jupiter.api.Test;

/** The check of the faults' histories notices what must not be. */
class LinearizabilityTest {
    private static Call call(Kind kind, long value, boolean done, long invoked, long returned) {
        return new Call(kind, value, done, invoked, returned, "client");
    }

    private static boolean holds(Call... calls) {
        return Linearizability.holds(List.of(calls), 0);
    }

    @Test
    void aReadMustSeeTheLastReplacementThatReturnedBeforeIt() {
        assertThat(holds(call(Kind.REPLACE, 5, true, 1, 2), call(Kind.READ, 5, true, 3, 4)))
                .isTrue();
        assertThat(holds(call(Kind.REPLACE, 5, true, 1, 2), call(Kind.READ, 0, true, 3, 4)))
                .isFalse();
        assertThat(holds(call(Kind.REPLACE, 5, true, 1, 4), call(Kind.READ, 0, true, 2, 3)))
                .isTrue();
    }

    @Test
    void whatNeverReturnedMayHappenLaterOnceOrNot() {
        Call unknown = call(Kind.REPLACE, 5, true, 1, Call.NEVER);
        assertThat(holds(unknown, call(Kind.READ, 0, true, 3, 4), call(Kind.READ, 5, true, 5, 6)))
                .isTrue();
        assertThat(holds(unknown, call(Kind.READ, 0, true, 3, 4))).isTrue();
        assertThat(holds(unknown, call(Kind.READ, 5, true, 3, 4), call(Kind.READ, 0, true, 5, 6)))
                .isFalse();
    }

    @Test
    void aRemovalThatWasMadeTwiceOrACreationOverAFileIsNoticed() {
        Call replaced = call(Kind.REPLACE, 5, true, 1, 2);
        assertThat(holds(replaced, call(Kind.REMOVE, 0, false, 3, 4))).isFalse();
        assertThat(holds(replaced, call(Kind.CREATE, 6, true, 3, 4))).isFalse();
        assertThat(holds(replaced, call(Kind.CREATE, 6, false, 3, 4), call(Kind.READ, 5, true, 5, 6)))
                .isTrue();
    }
}
