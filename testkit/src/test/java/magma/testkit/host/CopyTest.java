package magma.testkit.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import magma.dht.host.ReplicaPorts.Copier.Copied;
import magma.dht.host.StateCopier;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import magma.testkit.storage.FaultyStorage;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A state is copied of one process that has it whole. */
class CopyTest {
    private static final long PATIENCE_SECONDS = 60;

    private final MemoryStorage first = new MemoryStorage();
    private final MemoryStorage second = new MemoryStorage();
    private final ExecutorService threads = Executors.newSingleThreadExecutor();
    private TwoHosts two;

    @BeforeEach
    void start() throws Exception {
        two = new TwoHosts(first, second);
        two.bothAreInSync();
        two.get("a change", two.host(0).put("before", "1"));
    }

    @AfterEach
    void end() {
        two.close();
        threads.shutdownNow();
    }

    private static PeerRequest look() {
        return new PeerRequest.ListRecords(TwoHosts.SLICE, TwoHosts.record("a"), TwoHosts.record("z"), 100);
    }

    private static long incarnation(CompletableFuture<Reply> listing) {
        return ((PeerReply.ListingOf) listing.join()).incarnation();
    }

    /** The second is away while the first goes on for longer than it keeps its log. */
    private void fallBehind() throws Exception {
        two.cut = true;
        two.until("the second is left out", () -> two.config().inSync().size() == 1);
        for (int i = 0; i < 20; i++) {
            two.get("a change", two.host(0).put("name" + i, "value"));
        }
        two.cut = false;
        two.until("the second is to be restored", () -> !two.host(1).copies.isEmpty());
    }

    /** What happens before a request goes to the source. */
    @FunctionalInterface
    private interface Meanwhile {
        /** @param answering the last of them answers */
        void before(int request, List<TwoHosts.Host> answering) throws Exception;
    }

    private Copied copyTo(MemoryStorage to, TwoHosts.Host source, Meanwhile meanwhile) throws Exception {
        List<TwoHosts.Host> answering = new ArrayList<>(List.of(source));
        int[] asked = {0};
        PeerCalls peers = (vulcano, request) -> {
            try {
                meanwhile.before(asked[0]++, answering);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            return answering.get(answering.size() - 1).ask(request);
        };
        return new StateCopier(to, peers, () -> TwoHosts.MAP, threads)
                .copy(TwoHosts.SLICE, source.id)
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void aBackupServesCopiesToo() throws Exception {
        two.until("the second has it", () -> second.commits().equals(first.commits()));
        MemoryStorage copy = new MemoryStorage();
        Copied copied = copyTo(copy, two.host(1), (number, answering) -> {});
        assertThat(copied.at()).isEqualTo(second.commits().get(TwoHosts.SLICE));
        assertThat(copy.get(TwoHosts.record("before"))).isNotNull();
    }

    @Test
    void aStateThatIsBeingCopiedItselfIsNotServed() throws Exception {
        long before = incarnation(two.host(1).ask(look()));
        fallBehind();
        assertThatThrownBy(() -> incarnation(two.host(1).ask(look()))).hasCauseInstanceOf(FsException.class);

        Copied copied = copyTo(second, two.host(0), (number, answering) -> {});
        two.host(1).copies.remove().complete(copied);
        two.until("the second is in sync again", () -> two.config().inSync().size() == 2);
        assertThat(incarnation(two.host(1).ask(look()))).isNotEqualTo(before);
    }

    @Test
    void aCopyFailsWhenAnotherProcessAnswersFromTheMiddleOn() throws Exception {
        List<TwoHosts.Host> later = new ArrayList<>();
        MemoryStorage copy = new MemoryStorage();
        assertThatThrownBy(() -> copyTo(copy, two.host(0), (number, answering) -> {
                    if (number == 3) {
                        answering.add(two.apart(0, first.restart(), 2_000_000));
                        later.addAll(answering.subList(1, 2));
                    }
                }))
                .hasMessageContaining("begun anew");
        assertThat(copy.commits().getOrDefault(TwoHosts.SLICE, Version.NONE)).isEqualTo(Version.NONE);
        later.forEach(TwoHosts.Host::close);
    }

    @Test
    void aCopyFailsWhenItsSourceIsRestoredMeanwhile() throws Exception {
        MemoryStorage copy = new MemoryStorage();
        assertThatThrownBy(() -> copyTo(copy, two.host(1), (number, answering) -> {
                    if (number == 3) {
                        fallBehind();
                    }
                }))
                .hasMessageContaining("not whole");
        assertThat(copy.get(TwoHosts.record("name1"))).isNull();
    }

    /** A state with something of what came while it was copied. */
    private Copied copyWhileItChanges(MemoryStorage copy) throws Exception {
        Copied copied = copyTo(copy, two.host(0), (number, answering) -> {
            if (number == 3) {
                two.get("a change meanwhile", two.host(0).put("before", "2"));
            }
        });
        assertThat(copied.upTo()).isGreaterThan(copied.at());
        return copied;
    }

    private static void continueLog(MemoryStorage storage, Copied copied, long epoch) throws StorageException {
        for (long next = copied.at().sequence() + 1; next <= copied.upTo().sequence() + 3; next++) {
            storage.append(new LogRecord(TwoHosts.SLICE, new Version(epoch, next), List.of()), Purpose.RELEASE);
        }
    }

    @Test
    void aNextProcessTakesTheEndOfACopyForCommitted() throws Exception {
        MemoryStorage copy = new MemoryStorage();
        Copied copied = copyWhileItChanges(copy);
        continueLog(copy, copied, copied.upTo().epoch());
        two.apart(1, copy, 2_000_000).close();
        assertThat(copy.commits().get(TwoHosts.SLICE)).isEqualTo(copied.upTo());
    }

    /** Where all lose power the log may go on otherwise than it did when the copy was made. */
    @Test
    void aNextProcessGivesUpACopyWhoseEndIsNotInTheLog() throws Exception {
        MemoryStorage copy = new MemoryStorage();
        Copied copied = copyWhileItChanges(copy);
        continueLog(copy, copied, copied.upTo().epoch() + 1);
        two.apart(1, copy, 2_000_000).close();
        assertThat(copy.commits().getOrDefault(TwoHosts.SLICE, Version.NONE)).isEqualTo(Version.NONE);
    }

    /** So that the next try has what room it can have. */
    @Test
    void whatIsSuperfluousGoesThoughThereIsNoRoomForWhatIsMissing() throws Exception {
        Installed old =
                new Installed(new Mutation.Put(TwoHosts.record("superfluous"), new byte[] {1}), new Version(1, 1));
        FaultyStorage to = new FaultyStorage(new MemoryStorage());
        to.beginInstall(TwoHosts.SLICE);
        to.install(TwoHosts.SLICE, List.of(old), Purpose.GROW);
        to.setFull(true);
        StateCopier copier =
                new StateCopier(to, (vulcano, request) -> two.host(0).ask(request), () -> TwoHosts.MAP, threads);
        CompletableFuture<Copied> unused =
                copier.copy(TwoHosts.SLICE, TwoHosts.id(0)).toCompletableFuture();
        two.until("what is superfluous is gone", () -> isMissing(to, "superfluous"));
        assertThat(isMissing(to, "before")).isTrue();
        to.setFull(false);
        assertThat(copier.copy(TwoHosts.SLICE, TwoHosts.id(0))
                        .toCompletableFuture()
                        .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .isNotNull();
        assertThat(isMissing(to, "before")).isFalse();
    }

    private static boolean isMissing(Storage storage, String name) {
        try {
            return storage.get(TwoHosts.record(name)) == null;
        } catch (StorageException e) {
            throw new AssertionError(e);
        }
    }
}
