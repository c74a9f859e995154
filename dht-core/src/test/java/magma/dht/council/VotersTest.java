package magma.dht.council;

import static magma.dht.council.States.id;
import static magma.dht.council.States.ids;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VotersTest {
    private final States states = new States();

    @Test
    void twoMembersHaveOneVoter() {
        assertThat(Voters.choose(states.of(2, 1), ids(1), id(1))).isEqualTo(ids(1));
    }

    @Test
    void votersGrowWithTheNetwork() {
        assertThat(Voters.choose(states.of(3, 1), ids(1), id(1))).isEqualTo(ids(1, 2, 3));
        assertThat(Voters.choose(states.of(4, 1), ids(1, 2, 3), id(1))).isEqualTo(ids(1, 2, 3));
        assertThat(Voters.choose(states.of(5, 1), ids(1, 2, 3), id(2))).isEqualTo(ids(1, 2, 3, 4, 5));
        assertThat(Voters.choose(states.of(9, 1), ids(1, 2, 3), id(2))).isEqualTo(ids(1, 2, 3, 4, 5));
    }

    @Test
    void aWitnessVotesAndIsPreferred() {
        CouncilState three = states.joined(states.of(2, 1), 3, MemberKind.WITNESS);
        assertThat(Voters.choose(three, ids(1), id(1))).isEqualTo(ids(1, 2, 3));
        CouncilState four = states.joined(states.of(3, 1), 9, MemberKind.WITNESS);
        assertThat(Voters.choose(four, ids(1), id(1))).isEqualTo(ids(1, 2, 9));
    }

    @Test
    void aVoterThatIsDownKeepsItsPlace() {
        CouncilState state = states.died(states.of(4, 1), 2);
        assertThat(Voters.choose(state, ids(1, 2, 3), id(1))).isEqualTo(ids(1, 2, 3));
    }

    @Test
    void oneWhoIsDownIsNotTakenIn() {
        CouncilState state = states.died(states.of(3, 1), 3);
        assertThat(Voters.choose(state, ids(1), id(1))).isEqualTo(ids(1));
    }

    @Test
    void anExpelledVoterIsReplaced() {
        CouncilState state = states.expelled(states.of(4, 1), 2);
        assertThat(Voters.choose(state, ids(1, 2, 3), id(1))).isEqualTo(ids(1, 3, 4));
    }

    @Test
    void threeThatBecomeTwoHaveOneVoterAgain() {
        CouncilState state = states.expelled(states.of(3, 1), 2);
        assertThat(Voters.choose(state, ids(1, 2, 3), id(3))).isEqualTo(ids(3));
    }

    @Test
    void anExpelledLeaderGoesToo() {
        CouncilState state = states.expelled(states.of(2, 1), 1);
        assertThat(Voters.choose(state, ids(1), id(1))).isEqualTo(ids(2));
    }
}
