package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** utimensat(2), and what marks which time: relatime for reads, mtime for content, ctime for everything. */
public abstract class TimesConformance extends FileSystemConformance {
    private static final TimeChange NOW = new TimeChange.Now();

    private static TimeChange at(long seconds, int nanos) {
        return new TimeChange.At(Instant.ofEpochSecond(seconds, nanos));
    }

    private Attributes touch(Caller caller, Key key, @Nullable TimeChange accessed, @Nullable TimeChange modified)
            throws FsException {
        return fs.setAttributes(caller, key, AttributeChanges.times(accessed, modified), null);
    }

    @ParameterizedTest
    @EnumSource
    void givenTimesAreKeptToTheNanosecond(FlareType type) throws FsException {
        Key key = make(ALICE, type, "x", 0644);
        Instant tick = tick();
        Attributes after = touch(ALICE, key, at(1_500_000_000, 123_456_789), at(1_400_000_000, 1));
        assertThat(after.accessed()).isEqualTo(Instant.ofEpochSecond(1_500_000_000, 123_456_789));
        assertThat(after.modified()).isEqualTo(Instant.ofEpochSecond(1_400_000_000, 1));
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(stat(key)).isEqualTo(after);
    }

    @Test
    void timesBeforeTheEpochAndFarInTheFutureAreKept() throws FsException {
        Key key = file(ROOT, "f", 0644);
        for (long seconds : new long[] {-1, -2_000_000_000L, 0, Integer.MAX_VALUE, 1L << 32, 15_032_385_535L}) {
            Attributes after = touch(ROOT, key, at(seconds, 5), at(seconds, 999_999_999));
            assertThat(after.accessed()).isEqualTo(Instant.ofEpochSecond(seconds, 5));
            assertThat(stat(key).modified()).isEqualTo(Instant.ofEpochSecond(seconds, 999_999_999));
        }
    }

    @Test
    void omittedTimeStays() throws FsException {
        Key key = file(ROOT, "f", 0644);
        touch(ROOT, key, at(10, 0), at(20, 0));
        assertThat(touch(ROOT, key, at(30, 0), null).modified()).isEqualTo(Instant.ofEpochSecond(20));
        assertThat(touch(ROOT, key, null, at(40, 0)).accessed()).isEqualTo(Instant.ofEpochSecond(30));
        Instant tick = tick();
        Attributes after = touch(ROOT, key, NOW, null);
        assertThat(after.accessed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(Instant.ofEpochSecond(40));
    }

    @Test
    void nowIsOneMomentForBothTimes() throws FsException {
        Key key = file(ROOT, "f", 0644);
        Instant tick = tick();
        Attributes after = touch(ROOT, key, NOW, NOW);
        assertThat(after.accessed()).isAfterOrEqualTo(tick).isEqualTo(after.modified());
        assertThat(after.changed()).isAfterOrEqualTo(after.modified());
    }

    @Test
    void givenTimesAreForOwnerAndSuperuser() throws FsException {
        Key key = file(ALICE, "f", 0666);
        touch(ALICE, key, at(1, 0), at(1, 0));
        refused(Errno.EPERM, () -> touch(MALLORY, key, at(2, 0), at(2, 0)));
        refused(Errno.EPERM, () -> touch(MALLORY, key, NOW, null));
        refused(Errno.EPERM, () -> touch(MALLORY, key, null, NOW));
        refused(Errno.EPERM, () -> touch(MALLORY, key, NOW, at(2, 0)));
        assertThat(stat(key).modified()).isEqualTo(Instant.ofEpochSecond(1));
        touch(ROOT, key, at(3, 0), at(3, 0));
    }

    @Test
    void nowIsForAllWhoMayWrite() throws FsException {
        Key key = file(ALICE, "f", 0464);
        touch(ALICE, key, NOW, NOW);
        touch(CAROL, key, NOW, NOW);
        refused(Errno.EACCES, () -> touch(MALLORY, key, NOW, NOW));
        chmod(key, 0);
        touch(ALICE, key, NOW, NOW);
        touch(ROOT, key, NOW, NOW);
        refused(Errno.EACCES, () -> touch(CAROL, key, NOW, NOW));
    }

    @Test
    void writeMarksModifiedAndChanged() throws FsException {
        Key key = file(ROOT, "f", 0644);
        try (OpenFile file = fs.open(ROOT, key, WRITE)) {
            Attributes before = stat(key);
            Instant tick = tick();
            file.write(ROOT, ByteBuffer.wrap(bytes("abc")), 0);
            Attributes written = stat(key);
            assertThat(written.modified()).isAfterOrEqualTo(tick);
            assertThat(written.changed()).isAfterOrEqualTo(tick);
            assertThat(written.accessed()).isEqualTo(before.accessed());
            assertThat(written.change()).isGreaterThan(before.change());
            tick = tick();
            file.append(ROOT, ByteBuffer.wrap(bytes("def")));
            assertThat(stat(key).modified()).isAfterOrEqualTo(tick);
        }
    }

    @Test
    void writeOfNothingMarksNothing() throws FsException {
        Key key = file("f", "abc");
        try (OpenFile file = fs.open(ROOT, key, WRITE)) {
            Attributes before = stat(key);
            tick();
            assertThat(file.write(ROOT, ByteBuffer.allocate(0), 100)).isZero();
            assertThat(stat(key)).isEqualTo(before);
        }
    }

    @Test
    void truncationMarksModifiedAndChanged() throws FsException {
        Key key = file("f", "content");
        for (long size : new long[] {3, 3, 10, 0, 0}) {
            Instant tick = tick();
            Attributes after = fs.setAttributes(ROOT, key, AttributeChanges.size(size), null);
            assertThat(after.modified()).as("truncated to " + size).isAfterOrEqualTo(tick);
            assertThat(after.changed()).isAfterOrEqualTo(tick);
        }
        Instant tick = tick();
        fs.open(ROOT, key, FileSystem.options(OpenOption.WRITE, OpenOption.TRUNCATE))
                .close();
        assertThat(stat(key).modified()).isAfterOrEqualTo(tick);
    }

    @Test
    void failedOperationsMarkNothing() throws FsException {
        Key key = file(ALICE, "f", 0600);
        Attributes before = stat(key);
        Attributes directory = stat(top);
        tick();
        refused(Errno.EPERM, () -> fs.setAttributes(BOB, key, AttributeChanges.mode(0777), null));
        refused(Errno.EPERM, () -> fs.setAttributes(BOB, key, AttributeChanges.owner(1, 1), null));
        refused(Errno.EACCES, () -> fs.setAttributes(BOB, key, AttributeChanges.size(1), null));
        refused(Errno.EEXIST, () -> fs.link(ALICE, key, top, name("f")));
        refused(Errno.ENOTDIR, () -> fs.removeDirectory(ALICE, top, name("f")));
        refused(Errno.ENOENT, () -> fs.unlink(ALICE, top, name("g")));
        refused(Errno.EEXIST, () -> fs.makeDirectory(ALICE, top, name("f"), 0755));
        assertThat(stat(key)).isEqualTo(before);
        assertThat(stat(top)).isEqualTo(directory);
    }

    @Test
    void readRenewsAnAccessTimeThatIsNoLaterThanTheLastChange() throws FsException {
        Key key = file("f", "content");
        touch(ROOT, key, at(1_000, 0), at(2_000, 0));
        Attributes before = stat(key);
        Instant tick = tick();
        assertThat(read(key)).isEqualTo("content");
        Attributes after = stat(key);
        assertThat(after.accessed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(after.changed()).isEqualTo(before.changed());
    }

    @Test
    void readLeavesAFreshAccessTime() throws FsException {
        Key key = file("f", "content");
        tick();
        read(key);
        Attributes before = stat(key);
        tick();
        read(key);
        assertThat(stat(key).accessed()).isEqualTo(before.accessed());
    }

    @Test
    void readRenewsAnAccessTimeOfYesterday() throws FsException {
        Key key = file("f", "content");
        Instant past = Instant.ofEpochSecond(1_000_000);
        touch(ROOT, key, new TimeChange.At(past.plus(Duration.ofHours(1))), new TimeChange.At(past));
        Instant tick = tick();
        read(key);
        assertThat(stat(key).accessed()).isAfterOrEqualTo(tick);
    }

    @Test
    void listingAndReadingALinkAreAccesses() throws FsException {
        Key directory = directory(ROOT, "d", 0755);
        Key link = make(ROOT, FlareType.SYMLINK, directory, "l", 0777);
        touch(ROOT, directory, at(1_000, 0), at(2_000, 0));
        touch(ROOT, link, at(1_000, 0), at(2_000, 0));
        Instant tick = tick();
        list(directory);
        fs.readLink(link);
        assertThat(stat(directory).accessed()).isAfterOrEqualTo(tick);
        assertThat(stat(link).accessed()).isAfterOrEqualTo(tick);
    }

    @Test
    void lookupAndStatAreNoAccesses() throws FsException {
        Key key = file(ROOT, "f", 0644);
        touch(ROOT, top, at(1_000, 0), at(2_000, 0));
        touch(ROOT, key, at(1_000, 0), at(2_000, 0));
        lookup("f");
        stat(key);
        fs.open(ROOT, key, BOTH).close();
        assertThat(stat(top).accessed()).isEqualTo(Instant.ofEpochSecond(1_000));
        assertThat(stat(key).accessed()).isEqualTo(Instant.ofEpochSecond(1_000));
    }

    @Test
    void timesOfAFlareNeverGoBack() throws FsException {
        Key key = file(ROOT, "f", 0644);
        Attributes before = stat(key);
        for (int i = 0; i < 1_000; i++) {
            Attributes after = fs.setAttributes(ROOT, key, AttributeChanges.mode(i & 0777), null);
            assertThat(after.changed()).isAfterOrEqualTo(before.changed());
            assertThat(after.change()).isGreaterThan(before.change());
            assertThat(after.created()).isEqualTo(before.created());
            before = after;
        }
    }
}
