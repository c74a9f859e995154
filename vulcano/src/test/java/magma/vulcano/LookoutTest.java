package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import magma.dht.council.CommandId;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.dht.transport.NoContactException;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;

/** What is seen of a vulcano that hangs, is cut off, or has gone without a word. */
class LookoutTest {
    private static final long SECOND = 1_000_000_000;
    private static final VulcanoId SELF = new VulcanoId(new UUID(0, 1));
    private static final VulcanoId OTHER = new VulcanoId(new UUID(0, 2));
    private static final PeerReply.CensusOf CENSUS = new PeerReply.CensusOf(1, 2, 3, 4);

    private long now;
    private boolean answers = true;
    private final Contacts contacts = new Contacts(() -> now);
    private final CouncilState state = network();

    private static CouncilState network() {
        CouncilState founded = CouncilState.found(
                new Founding(1, new UUID(1, 1)),
                new UUID(7, 7),
                "etna",
                Member.joining(SELF, "a:1", MemberKind.STORING),
                SliceMap.even(1));
        CouncilState joined = founded.apply(new CouncilCommand.AddMember(
                        new CommandId(new UUID(9, 1)), Member.joining(OTHER, "b:1", MemberKind.STORING)))
                .state();
        return joined.apply(new CouncilCommand.MemberStarted(new CommandId(new UUID(9, 2)), OTHER, 1, "b:1", "1.0", 1))
                .state();
    }

    private Lookout.Seen seen() throws FsException {
        PeerCalls peers = new PeerCalls() {
            @Override
            public CompletableFuture<Reply> call(VulcanoId to, PeerRequest request) {
                return answers
                        ? CompletableFuture.completedFuture(CENSUS)
                        : CompletableFuture.failedFuture(new NoContactException(false, "no answer"));
            }
        };
        Lookout.Seen seen =
                new Lookout(SELF, peers, contacts).look(state, CENSUS).get(OTHER);
        return java.util.Objects.requireNonNull(seen);
    }

    @Test
    void oneThatAnswersIsThere() throws Exception {
        now += 100 * SECOND;
        assertThat(seen()).isEqualTo(new Lookout.Seen(CENSUS, 0));
    }

    @Test
    void oneThatDoesNotAnswerIsSilentSinceItWasLastHeard() throws Exception {
        now += 100 * SECOND;
        contacts.heard(OTHER);
        answers = false;
        now += 2 * SECOND;
        assertThat(seen()).isEqualTo(new Lookout.Seen(null, 0));
        now += 5 * SECOND;
        assertThat(seen()).isEqualTo(new Lookout.Seen(null, 7));
    }

    @Test
    void oneThatIsBackIsThereAgain() throws Exception {
        answers = false;
        now += 100 * SECOND;
        assertThat(seen().silentSeconds()).isEqualTo(100);
        contacts.heard(OTHER);
        assertThat(seen().silentSeconds()).isZero();
        answers = true;
        now += 100 * SECOND;
        assertThat(seen().silentSeconds()).isZero();
    }
}
