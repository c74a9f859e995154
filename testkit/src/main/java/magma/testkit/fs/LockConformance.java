package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Lock.Family;
import magma.fs.Lock.Range;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Advisory locks: which go together, and fcntl(2) ranges that split and merge. */
public abstract class LockConformance extends LockFixture {

    @ParameterizedTest
    @EnumSource
    void sharedLocksGoTogetherAndExclusiveOnesAlone(Family family) throws Exception {
        take(whole(family, A, false));
        take(whole(family, B, false));
        denied(whole(family, C, true));
        fs.unlock(file, family, A, Range.ALL);
        denied(whole(family, C, true));
        fs.unlock(file, family, B, Range.ALL);
        take(whole(family, C, true));
        denied(whole(family, A, false));
        denied(whole(family, A, true));
    }

    @Test
    void familiesDoNotSeeEachOther() throws Exception {
        take(whole(Family.POSIX, A, true));
        take(whole(Family.FLOCK, B, true));
        denied(whole(Family.POSIX, B, true));
        denied(whole(Family.FLOCK, A, true));
        fs.unlock(file, Family.FLOCK, B, Range.ALL);
        denied(whole(Family.POSIX, B, true));
        take(whole(Family.FLOCK, A, true));
    }

    @Test
    void filesDoNotShareLocks() throws Exception {
        take(exclusive(A, 0, Long.MAX_VALUE));
        Key other = file(ROOT, "g", 0644);
        granted(fs.lock(other, exclusive(B, 0, Long.MAX_VALUE), false));
    }

    @Test
    void onlyOverlappingRangesConflict() throws Exception {
        take(exclusive(A, 10, 19));
        take(exclusive(B, 0, 9));
        take(exclusive(B, 20, Long.MAX_VALUE));
        denied(exclusive(C, 9, 9));
        denied(exclusive(C, 19, 20));
        denied(shared(B, 0, 10));
        denied(shared(A, 19, 20));
    }

    @Test
    void unlockSplitsWhatReachesBeyond() throws Exception {
        take(exclusive(A, 0, 99));
        free(A, 40, 59);
        assertThat(held()).containsExactly("0-39!", "60-99!");
        free(A, 0, 9);
        free(A, 90, 500);
        assertThat(held()).containsExactly("10-39!", "60-89!");
        free(A, 0, Long.MAX_VALUE);
        assertThat(held()).isEmpty();
        free(A, 0, 5);
    }

    @Test
    void newKindReplacesTheMiddleOfTheOld() throws Exception {
        take(exclusive(A, 0, 99));
        take(shared(A, 40, 59));
        assertThat(held()).containsExactly("0-39!", "40-59", "60-99!");
        take(shared(B, 45, 50));
        denied(exclusive(A, 40, 59));
        take(shared(A, 0, 99));
        free(B, 0, 99);
        assertThat(held()).containsExactly("0-99");
    }

    @Test
    void neighboursOfOneKindMerge() throws Exception {
        take(exclusive(A, 0, 9));
        take(exclusive(A, 20, 29));
        assertThat(held()).containsExactly("0-9!", "20-29!");
        take(exclusive(A, 10, 19));
        assertThat(held()).containsExactly("0-29!");
        take(shared(A, 30, 39));
        assertThat(held()).containsExactly("0-29!", "30-39");
        take(exclusive(A, 25, 34));
        assertThat(held()).containsExactly("0-34!", "35-39");
        take(exclusive(A, 0, 39));
        assertThat(held()).containsExactly("0-39!");
    }

    @Test
    void rangeToTheEndReachesEverything() throws Exception {
        take(exclusive(A, 100, Long.MAX_VALUE));
        denied(shared(B, Long.MAX_VALUE - 5, Long.MAX_VALUE));
        denied(shared(B, 50, 100));
        free(A, 200, Long.MAX_VALUE);
        take(shared(B, 200, 200));
        assertThat(held()).containsExactly("100-199!", "200-200");
    }

    @Test
    void conflictNamesALockThatIsInTheWay() throws Exception {
        take(shared(A, 10, 19));
        assertThat(fs.findConflict(file, shared(B, 0, 100))).isEmpty();
        assertThat(fs.findConflict(file, exclusive(A, 0, 100))).isEmpty();
        assertThat(fs.findConflict(file, exclusive(B, 0, 9))).isEmpty();
        Lock found = fs.findConflict(file, exclusive(B, 15, 100)).orElseThrow();
        assertThat(found).isEqualTo(shared(A, 10, 19));
        assertThat(found.pid()).isEqualTo(100);
    }

    @Test
    void changingTheKindOfAFlockReleasesItFirst() throws Exception {
        take(whole(Family.FLOCK, A, false));
        take(whole(Family.FLOCK, B, false));
        denied(whole(Family.FLOCK, A, true));
        take(whole(Family.FLOCK, B, true));
        denied(whole(Family.FLOCK, A, false));
        take(whole(Family.FLOCK, B, true));
        take(whole(Family.FLOCK, B, false));
        take(whole(Family.FLOCK, A, false));
    }

    @ParameterizedTest
    @EnumSource
    void sessionsNeverShareOwners(Family family) throws Exception {
        take(whole(family, A, true));
        try (FileSystem other = session()) {
            failed(Errno.EAGAIN, other.lock(file, whole(family, A, true), false));
            assertThat(other.findConflict(file, whole(family, A, true))).isPresent();
            CompletableFuture<Void> waiting = other.lock(file, whole(family, A, true), true);
            fs.unlock(file, family, A, Range.ALL);
            granted(waiting);
            denied(whole(family, A, true));
        }
        take(whole(family, A, true));
    }

    @Test
    void lockOfNoFileFails() {
        assertThat(refusalOf(fs.lock(new Key(9, 9, 9), exclusive(A, 0, 0), true)))
                .isIn(Errno.ENOENT, Errno.ESTALE);
    }
}
