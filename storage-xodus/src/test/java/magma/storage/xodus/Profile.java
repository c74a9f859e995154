package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Key;

/**
 * Measures the hot paths by hand: {@code Profile DIR NAME...}, where each name is one of the measurements below; {@code all} for all small ones. No test.
 */
final class Profile {
    private final Path directory;
    private final StorageSettings settings = StorageSettings.DEFAULT;
    private XodusStorage storage;

    private Profile(Path directory) throws StorageException {
        this.directory = directory;
        this.storage = Files.exists(directory.resolve("format"))
                ? XodusStorage.open(directory, settings)
                : XodusStorage.create(directory, settings);
    }

    public static void main(String[] args) throws Exception {
        Profile profile = new Profile(Path.of(args[0]));
        for (int i = 1; i < args.length; i++) {
            profile.run(args[i]);
        }
        profile.storage.close();
    }

    private void run(String name) throws Exception {
        String[] parts = name.split(":", -1);
        int number = parts.length > 1 ? Integer.parseInt(parts[1]) : 1;
        switch (parts[0]) {
            case "append" -> append(number, 200_000);
            case "sync" -> sync(number, 2_000);
            case "big" -> big(number, 1024);
            case "read" -> read(number, 200_000, 4096);
            case "sequential" -> read(number, 4_000, 1 << 20);
            case "fill" -> fill(number);
            case "get" -> get(number, 200_000);
            case "reopen" -> reopen();
            case "flush" -> timed("flush", 1, () -> storage.settle());
            case "burst" -> burst();
            default -> throw new IllegalArgumentException(name);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double timed(String what, double count, Work work) throws Exception {
        long start = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(Locale.ROOT, "%-40s %12.0f /s  %8.3f s%n", what, count / seconds, seconds);
        return seconds;
    }

    private interface Share {
        void run(int thread) throws Exception;
    }

    private static void threads(int count, Share share) throws Exception {
        CountDownLatch done = new CountDownLatch(count);
        AtomicReference<Exception> failure = new AtomicReference<>();
        for (int i = 0; i < count; i++) {
            int thread = i;
            Thread worker = new Thread(() -> {
                try {
                    share.run(thread);
                } catch (Exception e) {
                    failure.set(e);
                } finally {
                    done.countDown();
                }
            });
            worker.start();
        }
        done.await();
        Exception thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
    }

    private Version next(long slice) {
        Version tail = storage.tails().getOrDefault(slice, new Version(1, 0));
        return tail.next();
    }

    private void append(int threads, int count) throws Exception {
        timed(
                "small append + commit, " + threads + " threads",
                (double) threads * count,
                () -> threads(threads, thread -> {
                    long slice = 100L + thread;
                    Version version = next(slice);
                    Random random = new Random(System.nanoTime());
                    byte[] value = new byte[120];
                    for (int i = 0; i < count; i++) {
                        RecordId id = RecordId.of(new Key(random.nextLong(), slice, 0), 1, new byte[20]);
                        storage.append(
                                new LogRecord(slice, version, List.of(new Mutation.Put(id, value))), Purpose.GROW);
                        storage.commit(slice, version);
                        version = version.next();
                    }
                }));
    }

    private void sync(int threads, int count) throws Exception {
        timed(
                "small append + commit + sync, " + threads + " threads",
                (double) threads * count,
                () -> threads(threads, thread -> {
                    long slice = 200L + thread;
                    Version version = next(slice);
                    for (int i = 0; i < count; i++) {
                        RecordId id = RecordId.of(new Key(i, slice, 0), 1);
                        storage.append(
                                new LogRecord(slice, version, List.of(new Mutation.Put(id, new byte[120]))),
                                Purpose.GROW);
                        storage.commit(slice, version);
                        storage.sync();
                        version = version.next();
                    }
                }));
    }

    private static RecordId chunk(long slice, int i) {
        return RecordId.of(new Key(slice, i, 0), 2);
    }

    private void big(int threads, int count) throws Exception {
        double seconds = timed(
                "1 MiB appends, " + threads + " threads",
                (double) threads * count,
                () -> threads(threads, thread -> {
                    long slice = 300L + thread;
                    Version version = next(slice);
                    ByteBuffer data = ByteBuffer.allocateDirect(1 << 20);
                    for (int i = 0; i < count; i++) {
                        data.putLong(0, i);
                        storage.append(
                                new LogRecord(slice, version, List.of(new Mutation.Write(chunk(slice, i), 0, 0, data))),
                                Purpose.GROW);
                        storage.commit(slice, version);
                        version = version.next();
                    }
                }));
        double synced = timed("  and one sync", 1, () -> storage.sync());
        System.out.printf(Locale.ROOT, "  with the sync: %.0f MB/s%n", threads * count / (seconds + synced));
    }

    private void read(int threads, int count, int size) throws Exception {
        ByteBuffer warm = ByteBuffer.allocateDirect(1 << 20);
        for (int i = 0; i < 1024; i++) {
            storage.readContent(chunk(300, i), 0, warm.clear(), Visibility.ALL);
        }
        timed(
                "reads of " + size + " bytes, " + threads + " threads",
                (double) threads * count,
                () -> threads(threads, thread -> {
                    Random random = new Random(thread);
                    ByteBuffer to = ByteBuffer.allocateDirect(size);
                    for (int i = 0; i < count; i++) {
                        int at = random.nextInt((1 << 20) / size) * size;
                        storage.readContent(chunk(300, random.nextInt(1024)), at, to.clear(), Visibility.ALL);
                    }
                }));
    }

    /** As many thousands of flares, three records each. */
    private void fill(int thousands) throws Exception {
        int before = Math.toIntExact(next(400).sequence() - 1);
        timed("flares", thousands * 1000.0, () -> {
            Version version = next(400);
            for (int i = 0; i < thousands * 100; i++) {
                List<Mutation> mutations = new ArrayList<>();
                for (int j = 0; j < 10; j++) {
                    flare(mutations, (before + i) * 10 + j);
                }
                storage.append(new LogRecord(400, version, mutations), Purpose.GROW);
                storage.commit(400, version);
                version = version.next();
                if (i % 10_000 == 9_999) {
                    System.out.printf("  %d flares, %s%n", (i + 1) * 10, memory());
                }
            }
        });
    }

    private static void flare(List<Mutation> mutations, int number) {
        Random random = new Random(number);
        Key key = new Key(random.nextLong(), random.nextLong(), random.nextInt());
        mutations.add(new Mutation.Put(RecordId.of(key, 1), new byte[100]));
        mutations.add(new Mutation.Put(RecordId.of(key, 2, new byte[24]), new byte[60]));
        mutations.add(new Mutation.Put(RecordId.of(key, 3), new byte[40]));
    }

    private void get(int threads, int count) throws Exception {
        int flares = Math.toIntExact(next(400).sequence() - 1) * 10;
        timed(
                "gets of " + flares + " flares, " + threads + " threads",
                (double) threads * count,
                () -> threads(threads, thread -> {
                    Random pick = new Random(thread);
                    for (int i = 0; i < count; i++) {
                        Random random = new Random(pick.nextInt(flares));
                        Key key = new Key(random.nextLong(), random.nextLong(), random.nextInt());
                        if (storage.get(RecordId.of(key, 1)) == null) {
                            throw new IllegalStateException("lost " + key);
                        }
                    }
                }));
    }

    /** What a burst of creates costs, and what the index then costs while nothing else happens. */
    private void burst() throws Exception {
        fill(50);
        long cpu = cpuNanos();
        timed("the flush after it", 1, () -> storage.settle());
        System.out.printf(Locale.ROOT, "  CPU of it: %.2f s%n", (cpuNanos() - cpu) / 1e9);
    }

    private static long cpuNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(java.time.Duration::toNanos)
                .orElse(0L);
    }

    private void reopen() throws Exception {
        timed("abandon", 1, () -> storage.abandon());
        timed("open after a kill", 1, () -> storage = XodusStorage.open(directory, settings));
        timed("close", 1, () -> storage.close());
        timed("open after a close", 1, () -> storage = XodusStorage.open(directory, settings));
        System.out.println("  " + memory());
    }

    private static String memory() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS")) {
                return line;
            }
        }
        return "";
    }
}
