package magma.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import magma.fs.Key;
import magma.vulcano.VulcanoClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two kernel mounts, connected to two vulcanos of a network of three, are one POSIX filesystem for the processes on both. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoMountsIT {
    private static final int TRANSACTIONS = Integer.getInteger("magma.two.transactions", 25);
    private static final int LINES = Integer.getInteger("magma.two.lines", 60);
    private static final int ROUNDS = Integer.getInteger("magma.two.rounds", 20);
    private static final int CHANGES = Integer.getInteger("magma.two.changes", 150);
    private static final int OPEN = 9;
    private static final int PAGE = 4096;
    private static final long PATIENCE_MINUTES = 2;

    private Path top;
    private TwoMounts mounts;
    private boolean isUp;

    /** What there was before all tests. */
    private List<String> before;

    /** Fields are set before all tests. */
    @SuppressWarnings("NullAway.Init")
    TwoMountsIT() {}

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException, InterruptedException {
        top = temporary.toRealPath();
        mounts = TwoMounts.start(top);
        before = counted(mounts.network());
        isUp = true;
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        if (!isUp) {
            return;
        }
        try (TwoMounts all = mounts) {
            LavaNetwork network = all.network();
            String data = network.vulcano(0).data().toString();
            removeAll();
            assertThat(all.unmount()).isEmpty();
            JsonNode unused = network.awaitInSync();
            awaitCounted(network, before);
            assertThat(network.demand("fsck", "--data", data)).contains("clean");
            assertThat(network.demand("fsck", "--replicas", "--data", data)).contains("clean");
        }
    }

    /** What each test has made. */
    private void removeAll() throws IOException {
        try (Stream<Path> all = Files.walk(mounts.second(""))) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(mounts.second(""))) {
                    Files.delete(path);
                }
            }
        }
    }

    @Test
    void transactionsOfOneDatabaseFromBothAreAllThere() throws Exception {
        assumeTrue(SharedDatabase.isHere(), "needs python3 with sqlite3");
        SharedDatabase database = new SharedDatabase(top, PATIENCE_MINUTES);
        SharedDatabase.Ended made = database.make(mounts.first("shared.db"));
        assertThat(made.status()).as(made.out()).isZero();
        mounts.onBoth(1, side -> {
            SharedDatabase.Ended ended = database.transact(mounts.at(side, "shared.db"), "side" + side, TRANSACTIONS);
            assertThat(ended.status()).as(ended.out()).isZero();
            assertThat(ended.acknowledged()).isEqualTo(TRANSACTIONS);
        });
        for (int side = 0; side < 2; side++) {
            SharedDatabase.Ended checked =
                    database.check(mounts.at(side, "shared.db"), "side0=" + TRANSACTIONS, "side1=" + TRANSACTIONS);
            assertThat(checked.status()).as(checked.out()).isZero();
        }
    }

    @Test
    void whatOneHasChangedTheOtherShowsAtOnce() throws Exception {
        Path page = mounts.first("page");
        Files.writeString(page, "before");
        try (FileChannel open = FileChannel.open(mounts.second("page"), StandardOpenOption.READ)) {
            for (int number = 0; number < CHANGES; number++) {
                int side = number % 2;
                String name = "changed" + number % 3;
                Path here = mounts.at(side, name);
                Path there = mounts.at(1 - side, name);
                assertThat(there).doesNotExist();
                Files.createFile(here);
                assertThat(there).exists();
                Files.move(here, mounts.at(side, "moved"));
                assertThat(there).doesNotExist();
                assertThat(mounts.at(1 - side, "moved")).exists();
                Files.delete(mounts.at(1 - side, "moved"));
                assertThat(mounts.at(side, "moved")).doesNotExist();
                String text = String.format("%06d", number);
                Files.writeString(page, text, StandardOpenOption.WRITE);
                ByteBuffer read = ByteBuffer.allocate(text.length());
                assertThat(open.read(read, 0)).isEqualTo(text.length());
                assertThat(new String(read.array(), StandardCharsets.US_ASCII)).isEqualTo(text);
            }
        }
    }

    @Test
    void appendsFromBothAreWholeAndAllThere() throws Exception {
        Files.createFile(mounts.first("appended"));
        AtomicInteger writers = new AtomicInteger();
        Set<String> written = java.util.concurrent.ConcurrentHashMap.newKeySet();
        mounts.onBoth(2, side -> {
            int writer = writers.getAndIncrement();
            Random random = new Random(writer);
            try (FileChannel channel = FileChannel.open(
                    mounts.at(side, "appended"), StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                for (int number = 0; number < LINES; number++) {
                    String line = writer + " " + number + " " + "x".repeat(random.nextInt(3000));
                    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
                    assertThat(channel.write(bytes)).isEqualTo(line.length() + 1);
                    written.add(line);
                }
            }
        });
        for (int side = 0; side < 2; side++) {
            List<String> lines = Files.readAllLines(mounts.at(side, "appended"), StandardCharsets.US_ASCII);
            Set<String> lost = new HashSet<>(written);
            lines.forEach(lost::remove);
            List<String> others = new ArrayList<>(lines);
            written.forEach(others::remove);
            assertThat(shortened(lost)).as("lost, seen on side %d", side).isEmpty();
            assertThat(shortened(others))
                    .as("torn or doubled, seen on side %d", side)
                    .isEmpty();
        }
    }

    private static List<String> shortened(Collection<String> lines) {
        return lines.stream()
                .map(line -> line.substring(0, Math.min(20, line.length())) + " (" + line.length() + ")")
                .toList();
    }

    private interface Attempt {
        /** @throws NoSuchFileException or FileAlreadyExistsException where the other was first */
        void run(int side, int round) throws IOException;
    }

    /** Both try in each round, and just one of them has done it; that one does {@code after} then. */
    private void oneWins(Attempt attempt, Attempt after) throws Exception {
        CyclicBarrier together = new CyclicBarrier(2);
        AtomicInteger won = new AtomicInteger();
        mounts.onBoth(1, side -> {
            for (int round = 0; round < ROUNDS; round++) {
                await(together);
                boolean mine = true;
                try {
                    attempt.run(side, round);
                    won.incrementAndGet();
                } catch (NoSuchFileException | FileAlreadyExistsException e) {
                    mine = false;
                }
                await(together);
                assertThat(won.get()).as("winners after round " + round).isEqualTo(round + 1);
                if (mine) {
                    after.run(side, round);
                }
            }
        });
    }

    private static void await(CyclicBarrier together)
            throws InterruptedException, BrokenBarrierException, TimeoutException {
        int unused = together.await(PATIENCE_MINUTES, TimeUnit.MINUTES);
    }

    @Test
    void oneNameIsTakenByOneOnly() throws Exception {
        Files.writeString(mounts.first("ball"), "the ball");
        Files.createDirectory(mounts.second("held"));
        oneWins(
                (side, round) -> Files.move(
                        mounts.at(side, "ball"), mounts.at(side, "held/by" + side), StandardCopyOption.ATOMIC_MOVE),
                (side, round) -> {
                    assertThat(mounts.at(1 - side, "ball")).doesNotExist();
                    assertThat(mounts.at(1 - side, "held/by" + side)).hasContent("the ball");
                    Files.move(
                            mounts.at(1 - side, "held/by" + side),
                            mounts.at(1 - side, "ball"),
                            StandardCopyOption.ATOMIC_MOVE);
                });
    }

    @Test
    void oneNameIsMadeByOneOnly() throws Exception {
        oneWins(
                (side, round) ->
                        Files.writeString(mounts.at(side, "made" + round), "by" + side, StandardOpenOption.CREATE_NEW),
                (side, round) -> assertThat(mounts.at(1 - side, "made" + round)).hasContent("by" + side));
        Files.createFile(mounts.first("linked"));
        oneWins(
                (side, round) -> {
                    if (round % 2 == 0) {
                        Files.createDirectory(mounts.at(side, "taken" + round));
                    } else {
                        Files.createLink(mounts.at(side, "taken" + round), mounts.at(side, "linked"));
                    }
                },
                (side, round) -> Files.delete(mounts.at(1 - side, "taken" + round)));
        assertThat(Files.getAttribute(mounts.second("linked"), "unix:nlink")).isEqualTo(1);
    }

    @Test
    void aNameThatIsReplacedFromBothLeadsToAWholeFileAtEveryMoment() throws Exception {
        Files.writeString(mounts.first("target"), "0 0");
        mounts.onBoth(1, side -> {
            for (int round = 0; round < ROUNDS; round++) {
                Path fresh = mounts.at(side, "fresh" + side);
                Files.writeString(fresh, side + " " + round);
                Files.move(
                        fresh,
                        mounts.at(side, "target"),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                assertThat(readReplaced(mounts.at(side, "target"))).matches("[01] [0-9]+");
            }
        });
        assertThat(Files.readString(mounts.first("target"))).isEqualTo(Files.readString(mounts.second("target")));
    }

    /** The kernel looks a name up anew once; where it was replaced again meanwhile, it says ESTALE. Never that there is none. */
    private static String readReplaced(Path path) throws IOException {
        for (int attempt = 0; attempt < ROUNDS; attempt++) {
            try {
                return Files.readString(path);
            } catch (FileSystemException e) {
                if (!"Stale file handle".equals(e.getReason())) {
                    throw e;
                }
            }
        }
        throw new IOException(path + " is stale each time");
    }

    @ParameterizedTest
    @ValueSource(strings = {"posix", "flock"})
    void whoHasALockIsAlone(String family) throws Exception {
        String name = "counted-" + family;
        Files.writeString(mounts.first(name), "0\n");
        mounts.onBoth(
                2,
                side -> assertThat(LockingProcess.run("count", family, mounts.at(side, name), ROUNDS))
                        .isEqualTo("done"));
        assertThat(mounts.second(name)).hasContent(Integer.toString(4 * ROUNDS));
        for (int side = 0; side < 2; side++) {
            Path here = mounts.at(side, name);
            Path there = mounts.at(1 - side, name);
            try (LockingProcess holder = LockingProcess.hold(family, here, "write", 10)) {
                assertThat(LockingProcess.attempt(family, there, "write", 10)).isEqualTo("refused");
                assertThat(LockingProcess.attempt(family, there, "read", 10)).isEqualTo("refused");
                assertThat(LockingProcess.attempt(family, there, "write", 11))
                        .isEqualTo(family.equals("posix") ? "locked" : "refused");
                holder.kill();
            }
            assertThat(LockingProcess.run("count", family, there, 1)).isEqualTo("done");
            try (LockingProcess holder = LockingProcess.hold(family, here, "read", 10)) {
                assertThat(LockingProcess.attempt(family, there, "read", 10)).isEqualTo("locked");
                assertThat(LockingProcess.attempt(family, there, "write", 10)).isEqualTo("refused");
                holder.kill();
            }
        }
    }

    @Test
    void whatIsWrittenThroughAMappingIsSeenOnTheOther() throws Exception {
        Path program = MappedFile.compile(top);
        int length = 5 * PAGE;
        Files.write(mounts.first("mapped"), new byte[length]);
        try (MappedFile first = MappedFile.map(program, mounts.first("mapped"), length);
                MappedFile second = MappedFile.map(program, mounts.second("mapped"), length)) {
            for (int round = 0; round < ROUNDS; round++) {
                MappedFile writer = round % 2 == 0 ? first : second;
                MappedFile reader = round % 2 == 0 ? second : first;
                int offset = round % 5 * PAGE + round * 7;
                String text = "round-" + round;
                if (round % 3 == 2) {
                    writer.write(offset, text);
                } else {
                    writer.put(offset, text);
                }
                for (String how : List.of("read", "fresh", "get")) {
                    awaitSeen(reader, how, offset, text);
                }
            }
        }
        assertThat(Files.readAllBytes(mounts.first("mapped"))).isEqualTo(Files.readAllBytes(mounts.second("mapped")));
    }

    /** The kernel drops pages a moment after a mount has heard of a change: who takes no lock may look at them meanwhile. */
    private static void awaitSeen(MappedFile reader, String how, int offset, String text) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String seen = reader.look(how, offset, text.length());
        while (!seen.equals(text) && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(5);
            seen = reader.look(how, offset, text.length());
        }
        assertThat(seen).as(how).isEqualTo(text);
    }

    /** Some of a page, some of several chunks. */
    private static byte[] content(int number) {
        byte[] bytes = new byte[number % 3 == 0 ? 3000 : number % 3 == 1 ? 200_000 : 2_500_000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    /** It comes first: what is left of the files goes when their new homes have waited for all who might have them open, and that is waited for at the end of all. */
    @Test
    @Order(1)
    void filesThatAreOpenAndUnlinkedOutliveTheOpenersVulcanoAndTheirPrimary() throws Exception {
        LavaNetwork network = mounts.network();
        List<FileChannel> open = new ArrayList<>();
        List<Key> keys = new ArrayList<>();
        for (int number = 0; number < OPEN; number++) {
            String name = "open" + number;
            Files.write(mounts.first(name), content(number));
            keys.add(Leaders.keyOf(network, name));
            open.add(FileChannel.open(mounts.first(name), StandardOpenOption.READ, StandardOpenOption.WRITE));
            Files.delete(mounts.second(name));
            assertThat(mounts.first(name)).doesNotExist();
        }
        network.vulcano(0).kill();
        write(open, 0, "while the opener's vulcano is away");
        network.vulcano(0).start();
        JsonNode unused = network.awaitInSync();
        LavaVulcano primary = primaryOfOne(network, keys);
        primary.kill();
        write(open, 1000, "while the primary is away");
        for (int number = 0; number < OPEN; number++) {
            byte[] content = content(number);
            put(content, 0, "while the opener's vulcano is away" + number);
            put(content, 1000, "while the primary is away" + number);
            assertThat(read(open.get(number))).as("file %d", number).isEqualTo(content);
        }
        assertThat(counted(network)).isNotEqualTo(before);
        for (FileChannel each : open) {
            each.close();
        }
        primary.start();
    }

    /** Another than the opener's vulcano. */
    private static LavaVulcano primaryOfOne(LavaNetwork network, List<Key> keys) throws IOException {
        for (Key key : keys) {
            LavaVulcano primary = Leaders.of(network, key);
            if (primary != network.vulcano(0)) {
                return primary;
            }
        }
        return network.vulcano(0);
    }

    private static void put(byte[] content, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, content, offset, bytes.length);
    }

    private static void write(List<FileChannel> open, int offset, String text) throws IOException {
        for (int number = 0; number < open.size(); number++) {
            ByteBuffer bytes = ByteBuffer.wrap((text + number).getBytes(StandardCharsets.US_ASCII));
            int length = bytes.remaining();
            assertThat(open.get(number).write(bytes, offset)).isEqualTo(length);
            open.get(number).force(false);
        }
    }

    private static byte[] read(FileChannel file) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) file.size());
        while (content.hasRemaining() && file.read(content, content.position()) > 0) {
            // More may come.
        }
        return content.array();
    }

    /** What the check of the whole filesystem counts: files, entries, chunks. */
    private static List<String> counted(LavaNetwork network) throws IOException {
        try (VulcanoClient client = VulcanoClient.ofData(network.running().data())) {
            VulcanoClient.Findings findings = client.check();
            assertThat(findings.problems()).isEmpty();
            return findings.checked();
        }
    }

    /** Chunks of what is removed are taken away in the background. */
    private static void awaitCounted(LavaNetwork network, List<String> before)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        List<String> now = counted(network);
        while (!now.equals(before)) {
            assertThat(System.nanoTime())
                    .as("%s are there, which were %s", now, before)
                    .isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(100);
            now = counted(network);
        }
    }
}
