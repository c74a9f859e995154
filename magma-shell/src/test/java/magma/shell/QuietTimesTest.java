package magma.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A process looked at every 15 seconds. */
class QuietTimesTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private long now = -7 * SECOND;
    private long cpu;
    private final QuietTimes times = new QuietTimes(now, cpu);

    /** So many looks later, with so many per cent of a core taken meanwhile. @return how many of them were told to be the end of work */
    private int after(int looks, int percent) {
        int found = 0;
        for (int i = 0; i < looks; i++) {
            now += 15 * SECOND;
            cpu += 15 * SECOND * percent / 100;
            found += times.isOne(now, cpu) ? 1 : 0;
        }
        return found;
    }

    @Test
    void workThatEndedIsFoundOnceAndAMinuteLater() {
        assertThat(after(4, 80)).isZero();
        assertThat(after(3, 2)).isZero();
        assertThat(after(1, 2)).isEqualTo(1);
        assertThat(after(1_000, 2)).isZero();
    }

    @Test
    void workGoesOnThroughPausesOfLessThanAMinute() {
        for (int i = 0; i < 20; i++) {
            assertThat(after(1, 80)).isZero();
            assertThat(after(3, 2)).isZero();
        }
    }

    @Test
    void littleWorkIsNotWorthIt() {
        assertThat(after(1, 15)).isZero();
        assertThat(after(100, 2)).isZero();
    }

    @Test
    void whatItTookToStartIsWork() {
        cpu = 4 * SECOND;
        QuietTimes started = new QuietTimes(now, cpu);
        assertThat(started.isOne(now + 59 * SECOND, cpu)).isFalse();
        assertThat(started.isOne(now + 60 * SECOND, cpu)).isTrue();
    }

    @Test
    void endsOfWorkAreMinutesApart() {
        after(4, 80);
        assertThat(after(4, 2)).isEqualTo(1);
        after(4, 80);
        assertThat(after(15, 2)).isZero();
        assertThat(after(1, 2)).isEqualTo(1);
    }
}
