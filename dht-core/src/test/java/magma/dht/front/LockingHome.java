package magma.dht.front;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;

/** A home with one file and its locks, in which a test can interfere. */
final class LockingHome extends FakePart {
    final StringBuilder content = new StringBuilder();
    final Set<Lock> locks = new HashSet<>();
    final AtomicInteger syncs = new AtomicInteger();
    final AtomicInteger failures = new AtomicInteger();

    /** Whether no lock can be had. */
    volatile boolean refuses;

    /** Whether all that is open fails. */
    volatile boolean fails;

    /** Whether it answers for another vulcano when it is asked for locks. */
    volatile boolean isElsewhere;

    /** When the next lock is granted, which this home does not remember; null for at once. */
    volatile @Nullable CompletableFuture<Void> granting;

    /** Done by another thread before, and after, it is seen for the next time whether there is a lock. */
    volatile Running.@Nullable Work beforeNext;

    volatile Running.@Nullable Work afterNext;

    private OpenFile file() {
        return (OpenFile) Proxy.newProxyInstance(
                OpenFile.class.getClassLoader(), new Class<?>[] {OpenFile.class}, (proxy, method, given) -> {
                    if (fails) {
                        failures.incrementAndGet();
                        throw new FsException(Errno.EIO, "failed");
                    }
                    switch (method.getName()) {
                        case "write":
                            String text = StandardCharsets.UTF_8
                                    .decode((ByteBuffer) given[1])
                                    .toString();
                            content.replace(0, text.length(), text);
                            return text.length();
                        case "flush", "sync", "close":
                            return null;
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    @Override
    public FileSystem plain() {
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (proxy, method, given) -> {
                    switch (method.getName()) {
                        case "open":
                            return file();
                        case "unlock":
                            locks.removeIf(lock -> lock.owner().equals(given[2]));
                            return null;
                        case "lock":
                            return granted((Lock) given[1]);
                        case "syncAll":
                            syncs.incrementAndGet();
                            return null;
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                });
    }

    private CompletableFuture<Void> granted(Lock lock) {
        CompletableFuture<Void> later = granting;
        if (later != null) {
            return later;
        } else if (refuses) {
            return CompletableFuture.failedFuture(new FsException(Errno.EAGAIN, "locked"));
        }
        locks.add(lock);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public OpenFile reopen(Key key, Set<OpenOption> options) {
        return file();
    }

    @Override
    public boolean holds(Key file, Lock lock) throws FsException {
        if (isElsewhere) {
            throw new FsException(Errno.EREMOTE, "elsewhere");
        }
        Running.Work before = beforeNext;
        beforeNext = null;
        run(before);
        boolean holds = locks.contains(lock);
        Running.Work after = afterNext;
        afterNext = null;
        run(after);
        return holds;
    }

    private static void run(Running.@Nullable Work step) {
        if (step != null) {
            Running.on(ForkJoinPool.commonPool(), step)
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        }
    }
}
