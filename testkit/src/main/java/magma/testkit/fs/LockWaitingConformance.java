package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock.Family;
import magma.fs.Lock.Owner;
import magma.fs.Lock.Range;
import org.junit.jupiter.api.Test;

/** Advisory locks that are waited for: in turn, in vain, and in circles. */
public abstract class LockWaitingConformance extends LockFixture {

    @Test
    void waitingLockIsGrantedWhenTheWayIsFree() throws Exception {
        take(exclusive(A, 0, 9));
        take(exclusive(B, 10, 19));
        CompletableFuture<Void> waiting = wait(exclusive(C, 5, 14));
        assertThat(waiting).isNotDone();
        free(A, 0, 9);
        assertThat(waiting).isNotDone();
        free(B, 10, 14);
        granted(waiting);
        denied(shared(A, 5, 5));
        take(exclusive(A, 0, 4));
    }

    @Test
    void downgradeLetsReadersIn() throws Exception {
        take(exclusive(A, 0, 9));
        CompletableFuture<Void> first = wait(shared(B, 0, 4));
        CompletableFuture<Void> second = wait(shared(C, 2, 9));
        CompletableFuture<Void> third = wait(exclusive(C, 20, 30));
        granted(third);
        take(shared(A, 0, 9));
        granted(first);
        granted(second);
    }

    @Test
    void cancelledRequestIsWithdrawn() throws Exception {
        take(exclusive(A, 0, 9));
        CompletableFuture<Void> waiting = wait(exclusive(B, 0, 9));
        CompletableFuture<Void> behind = wait(exclusive(C, 0, 9));
        waiting.cancel(true);
        assertThat(waiting).isDone().isCompletedExceptionally();
        free(A, 0, 9);
        granted(behind);
        assertThat(held()).containsExactly("0-9!");
        denied(exclusive(B, 0, 9));
    }

    @Test
    void cancellingAGrantedLockChangesNothing() throws Exception {
        CompletableFuture<Void> future = wait(exclusive(A, 0, 9));
        granted(future);
        future.cancel(true);
        denied(shared(B, 0, 9));
    }

    @Test
    void circleOfWaitingIsRefused() throws Exception {
        take(exclusive(A, 0, 0));
        take(exclusive(B, 1, 1));
        take(exclusive(C, 2, 2));
        CompletableFuture<Void> aWaits = wait(exclusive(A, 1, 1));
        CompletableFuture<Void> bWaits = wait(shared(B, 2, 2));
        failed(Errno.EDEADLK, wait(exclusive(C, 0, 0)));
        assertThat(aWaits).isNotDone();
        free(C, 2, 2);
        granted(bWaits);
        free(B, 0, 10);
        granted(aWaits);
    }

    @Test
    void circleOverTwoFilesIsRefused() throws Exception {
        Key other = file(ROOT, "g", 0644);
        take(exclusive(A, 0, 9));
        granted(fs.lock(other, exclusive(B, 0, 9), false));
        CompletableFuture<Void> aWaits = fs.lock(other, shared(A, 0, 0), true);
        failed(Errno.EDEADLK, wait(exclusive(B, 9, 9)));
        fs.unlock(other, Family.POSIX, B, Range.ALL);
        granted(aWaits);
    }

    @Test
    void upgradeOfTwoReadersIsADeadlock() throws Exception {
        take(shared(A, 0, 9));
        take(shared(B, 0, 9));
        CompletableFuture<Void> first = wait(exclusive(A, 0, 9));
        failed(Errno.EDEADLK, wait(exclusive(B, 0, 9)));
        free(B, 0, 9);
        granted(first);
    }

    @Test
    void withdrawnRequestLeavesNoDeadlock() throws Exception {
        take(exclusive(A, 0, 0));
        take(exclusive(B, 1, 1));
        CompletableFuture<Void> aWaits = wait(exclusive(A, 1, 1));
        aWaits.cancel(true);
        CompletableFuture<Void> bWaits = wait(exclusive(B, 0, 0));
        assertThat(bWaits).isNotDone();
        free(A, 0, 0);
        granted(bWaits);
    }

    @Test
    void twoFlocksThatAreUpgradedAreGrantedOneAfterTheOther() throws Exception {
        take(whole(Family.FLOCK, A, false));
        take(whole(Family.FLOCK, B, false));
        CompletableFuture<Void> first = wait(whole(Family.FLOCK, A, true));
        assertThat(first).isNotDone();
        CompletableFuture<Void> second = wait(whole(Family.FLOCK, B, true));
        CompletableFuture.anyOf(first, second).get(30, TimeUnit.SECONDS);
        assertThat(first.isDone() && second.isDone()).isFalse();
        fs.unlock(file, Family.FLOCK, first.isDone() ? A : B, Range.ALL);
        granted(first);
        granted(second);
    }

    @Test
    void endOfASessionEndsItsLocksAndItsWaiting() throws Exception {
        FileSystem other = session();
        granted(other.lock(file, exclusive(A, 0, 9), false));
        take(exclusive(A, 100, 109));
        CompletableFuture<Void> waiting = wait(exclusive(B, 0, 9));
        CompletableFuture<Void> othersWaiting = other.lock(file, exclusive(A, 100, 100), true);
        other.close();
        granted(waiting);
        assertThat(catchThrowable(() -> othersWaiting.get(30, TimeUnit.SECONDS)))
                .isNotNull();
        free(A, 100, 109);
        assertThat(held()).containsExactly("0-9!");
    }

    @Test
    void manyWaitersAreAllServed() throws Exception {
        take(exclusive(A, 0, 0));
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        List<CompletableFuture<Void>> freed = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            Owner owner = new Owner(1_000 + i);
            CompletableFuture<Void> lock = wait(exclusive(owner, 0, 0));
            waiting.add(lock);
            freed.add(lock.thenRunAsync(() -> {
                try {
                    free(owner, 0, 0);
                } catch (FsException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        assertThat(waiting).noneMatch(CompletableFuture::isDone);
        free(A, 0, 0);
        for (CompletableFuture<Void> each : freed) {
            each.get(30, TimeUnit.SECONDS);
        }
        assertThat(held()).isEmpty();
    }
}
