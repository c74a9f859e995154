package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Lock.Family;
import magma.fs.Lock.Owner;
import magma.fs.Lock.Range;
import org.junit.jupiter.api.BeforeEach;

/** What the suites of locks share: a file, three owners, and short words. */
abstract class LockFixture extends FileSystemConformance {
    static final Owner A = new Owner(1);
    static final Owner B = new Owner(-2);
    static final Owner C = new Owner(3);

    Key file;

    @SuppressWarnings("NullAway.Init")
    LockFixture() {}

    @BeforeEach
    void makeFile() throws FsException {
        file = file(ROOT, "f", 0644);
    }

    static Lock shared(Owner owner, long start, long end) {
        return new Lock(Family.POSIX, owner, false, new Range(start, end), 100);
    }

    static Lock exclusive(Owner owner, long start, long end) {
        return new Lock(Family.POSIX, owner, true, new Range(start, end), 200);
    }

    static Lock whole(Family family, Owner owner, boolean exclusive) {
        return new Lock(family, owner, exclusive, Range.ALL, 300);
    }

    final CompletableFuture<Void> wait(Lock lock) {
        return fs.lock(file, lock, true);
    }

    final void take(Lock lock) throws Exception {
        granted(fs.lock(file, lock, false));
    }

    static void granted(CompletableFuture<Void> future) throws Exception {
        future.get(30, TimeUnit.SECONDS);
    }

    final void denied(Lock lock) {
        failed(Errno.EAGAIN, fs.lock(file, lock, false));
    }

    static void failed(Errno errno, CompletableFuture<Void> future) {
        assertThat(refusalOf(future)).isEqualTo(errno);
    }

    static Errno refusalOf(CompletableFuture<Void> future) {
        Throwable thrown = catchThrowable(() -> future.get(30, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return errnoOf(thrown.getCause());
    }

    final void free(Owner owner, long start, long end) throws FsException {
        fs.unlock(file, Family.POSIX, owner, new Range(start, end));
    }

    /** Where an owner that has nothing yet meets the locks of others, as "start-end" or "start-end!" for exclusive. */
    final List<String> held() throws FsException {
        List<String> held = new ArrayList<>();
        long at = 0;
        while (at <= 1_000) {
            Optional<Lock> lock = fs.findConflict(file, exclusive(new Owner(99), at, at));
            if (lock.isEmpty()) {
                at++;
                continue;
            }
            Range range = lock.get().range();
            held.add(range.start() + "-" + range.end() + (lock.get().exclusive() ? "!" : ""));
            at = range.end() + 1;
        }
        return held;
    }
}
