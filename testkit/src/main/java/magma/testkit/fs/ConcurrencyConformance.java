package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import org.junit.jupiter.api.Test;

/** Many threads at once, and what must hold when they are done. */
public abstract class ConcurrencyConformance extends FileSystemConformance {
    private static final int THREADS = 8;

    /** What one of the threads does. */
    @FunctionalInterface
    private interface Work {
        void run(int thread) throws Exception;
    }

    /** An operation that may lose a race. */
    @FunctionalInterface
    private interface Attempt {
        void run() throws FsException;
    }

    private static void inThreads(Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(THREADS);
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                done.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    work.run(thread);
                    return true;
                }));
            }
            for (Future<?> each : done) {
                each.get(120, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** @return whether it was done; refusals other than those expected in a race are thrown */
    private static boolean won(Attempt attempt, Errno... losing) throws FsException {
        try {
            attempt.run();
            return true;
        } catch (FsException e) {
            if (!List.of(losing).contains(e.errno())) {
                throw e;
            }
            return false;
        }
    }

    @Test
    void oneOfManyMakesEachName() throws Exception {
        AtomicInteger made = new AtomicInteger();
        inThreads(thread -> {
            for (int i = 0; i < 100; i++) {
                FlareType type = (i + thread) % 2 == 0 ? FlareType.DIRECTORY : FlareType.FILE;
                String name = "n" + i;
                if (won(() -> make(ROOT, type, name, 0755), Errno.EEXIST)) {
                    made.incrementAndGet();
                }
            }
        });
        assertThat(made).hasValue(100);
        assertThat(list(top)).hasSize(100);
        assertLinksOf(top);
    }

    private void assertLinksOf(Key directory) throws FsException {
        int directories = 0;
        for (String name : list(directory)) {
            if (stat(lookup(directory, name)).type() == FlareType.DIRECTORY) {
                directories++;
            }
        }
        assertThat(stat(directory).links()).isEqualTo(2 + directories);
    }

    @Test
    void oneOfManyRemovesEachName() throws Exception {
        for (int i = 0; i < 100; i++) {
            file(ROOT, "n" + i, 0644);
        }
        AtomicInteger removed = new AtomicInteger();
        inThreads(thread -> {
            for (int i = 0; i < 100; i++) {
                String name = "n" + i;
                if (won(() -> fs.unlink(ROOT, top, name(name)), Errno.ENOENT)) {
                    removed.incrementAndGet();
                }
            }
        });
        assertThat(removed).hasValue(100);
        assertThat(list(top)).isEmpty();
    }

    @Test
    void createsUnlinksAndRenamesLeaveNoTrace() throws Exception {
        Key other = directory(ROOT, "other", 0755);
        long flares = fs.statistics().flares();
        inThreads(thread -> {
            for (int i = 0; i < 60; i++) {
                String name = "t" + thread + "-" + i;
                file(ROOT, name, 0644);
                rename(top, name, other, name);
                fs.link(ROOT, lookup(other, name), top, name("l" + name));
                rename(other, name, other, "same");
                fs.unlink(ROOT, top, name("l" + name));
            }
        });
        assertThat(list(top)).containsExactly("other");
        assertThat(list(other)).containsExactly("same");
        assertThat(stat(lookup(other, "same")).links()).isEqualTo(1);
        assertThat(fs.statistics().flares()).isEqualTo(flares + 1);
    }

    @Test
    void linksAreCounted() throws Exception {
        Key key = file(ROOT, "f", 0644);
        inThreads(thread -> {
            for (int i = 0; i < 100; i++) {
                fs.link(ROOT, key, top, name("l" + thread + "-" + i));
                if (i % 2 == 1) {
                    fs.unlink(ROOT, top, name("l" + thread + "-" + (i - 1)));
                }
            }
        });
        assertThat(stat(key).links()).isEqualTo(1 + THREADS * 50);
        assertThat(list(top)).hasSize(1 + THREADS * 50);
    }

    @Test
    void directoriesThatAreMovedAcrossEachOtherNeverFormACircle() throws Exception {
        List<Key> directories = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            directories.add(directory(ROOT, "d" + i, 0755));
        }
        inThreads(thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < 80; i++) {
                int moved = random.nextInt(6);
                Key to = random.nextInt(4) == 0 ? top : directories.get(random.nextInt(6));
                won(
                        () -> {
                            Key from = fs.parent(directories.get(moved));
                            rename(from, "d" + moved, to, "d" + moved);
                        },
                        Errno.EINVAL,
                        Errno.ENOENT,
                        Errno.ENOTEMPTY);
            }
        });
        Set<Key> found = new HashSet<>();
        walk(top, found);
        assertThat(found).containsAll(directories).hasSize(7);
        for (int i = 0; i < 6; i++) {
            assertThat(lookup(fs.parent(directories.get(i)), "d" + i)).isEqualTo(directories.get(i));
        }
    }

    private void walk(Key directory, Set<Key> found) throws FsException {
        assertThat(found.add(directory)).isTrue();
        assertLinksOf(directory);
        for (String name : list(directory)) {
            walk(lookup(directory, name), found);
        }
    }

    @Test
    void exchangeNeverShowsAGapOrADouble() throws Exception {
        Key a = file(ROOT, "a", 0644);
        Key b = directory(ROOT, "b", 0755);
        inThreads(thread -> {
            for (int i = 0; i < 100; i++) {
                if (thread % 2 == 0) {
                    fs.rename(ROOT, top, name("a"), top, name("b"), RenameMode.EXCHANGE);
                } else {
                    assertThat(lookup("a")).isIn(a, b);
                    assertThat(lookup("b")).isIn(a, b);
                    assertThat(list(top)).containsExactlyInAnyOrder("a", "b");
                }
            }
        });
        assertThat(Set.of(lookup("a"), lookup("b"))).isEqualTo(Set.of(a, b));
    }

    @Test
    void replacedNameIsAlwaysThere() throws Exception {
        file("target", "0");
        inThreads(thread -> {
            for (int i = 0; i < 60; i++) {
                if (thread % 2 == 0) {
                    String name = "t" + thread;
                    write(file(ROOT, name, 0644), 0, "content of one length");
                    rename(top, name, top, "target");
                } else {
                    Attributes seen = fs.lookup(ROOT, top, name("target"));
                    assertThat(seen.type()).isEqualTo(FlareType.FILE);
                    won(
                            () -> assertThat(read(seen.key())).isIn("0", "content of one length"),
                            Errno.ESTALE,
                            Errno.ENOENT);
                }
            }
        });
        assertThat(list(top)).containsExactly("target");
    }

    @Test
    void removalAndCreationInADirectoryExcludeEachOther() throws Exception {
        inThreads(thread -> {
            for (int i = 0; i < 60; i++) {
                if (thread % 2 == 0) {
                    won(() -> directory(ROOT, "d", 0755), Errno.EEXIST);
                    won(() -> fs.removeDirectory(ROOT, top, name("d")), Errno.ENOENT, Errno.ENOTEMPTY);
                } else {
                    won(
                            () -> {
                                Key directory = lookup("d");
                                make(ROOT, FlareType.FILE, directory, "x", 0644);
                                fs.unlink(ROOT, directory, name("x"));
                            },
                            Errno.ENOENT,
                            Errno.ESTALE,
                            Errno.EEXIST);
                }
            }
        });
        assertLinksOf(top);
        for (String name : list(top)) {
            list(lookup(name)).forEach(below -> assertThat(below).isEqualTo("x"));
        }
    }

    @Test
    void appendsOfAllThreadsAreAllThere() throws Exception {
        Key key = file(ROOT, "f", 0644);
        inThreads(thread -> {
            try (FileSystem session = session();
                    OpenFile file = session.open(ROOT, key, WRITE)) {
                for (int i = 0; i < 100; i++) {
                    file.append(
                            ROOT,
                            ByteBuffer.wrap(
                                    bytes(String.valueOf((char) ('a' + thread)).repeat(16))));
                }
            }
        });
        String content = read(key);
        assertThat(content).hasSize(THREADS * 100 * 16);
        for (int i = 0; i < content.length(); i += 16) {
            assertThat(content.substring(i, i + 16))
                    .isEqualTo(content.substring(i, i + 1).repeat(16));
        }
    }

    @Test
    void writesAreSeenWholeOrNotAtAll() throws Exception {
        Key key = file("f", "a".repeat(5_000));
        inThreads(thread -> {
            try (OpenFile file = fs.open(ROOT, key, BOTH)) {
                for (int i = 0; i < 100; i++) {
                    if (thread % 2 == 0) {
                        file.write(
                                ROOT,
                                ByteBuffer.wrap(bytes(
                                        String.valueOf((char) ('a' + i % 26)).repeat(5_000))),
                                0);
                    } else {
                        String seen = read(file, 0, 5_000);
                        assertThat(seen.chars().distinct().count()).isEqualTo(1);
                    }
                }
            }
        });
        assertThat(stat(key).size()).isEqualTo(5_000);
    }

    @Test
    void attributesOfAllThreadsAreApplied() throws Exception {
        Key key = file(ROOT, "f", 0644);
        long change = stat(key).change();
        inThreads(thread -> {
            for (int i = 0; i < 100; i++) {
                fs.setAttributes(ROOT, key, AttributeChanges.mode(0600 + thread), null);
            }
        });
        assertThat(stat(key).change()).isGreaterThanOrEqualTo(change + THREADS * 100);
        assertThat(stat(key).mode()).isBetween(0600, 0600 + THREADS);
    }
}
