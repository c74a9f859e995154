package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Locks between processes on a mount. */
class LocksIT {
    /** Takes a POSIX lock (F_SETLKW) and says so, then waits for the end of its input. Type 1: write. */
    private static final String HOLD = """
            use Fcntl; $| = 1; open(F, "+<", $ARGV[0]) or die; my $lock = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0);
            $SIG{USR1} = sub { }; if (!fcntl(F, F_SETLKW, $lock)) { print "refused: $!\\n"; exit 1 }
            print "locked\\n"; <STDIN>;
            """;

    private final List<Process> processes = new ArrayList<>();
    private MountedVolume mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = new MountedVolume();
        mounted.sh("echo > f");
    }

    @AfterEach
    void unmount() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly();
            process.waitFor();
        }
        mounted.close();
    }

    private Process start(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(mounted.directory().toFile())
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        return process;
    }

    private Process hold() throws Exception {
        return start("perl", "-e", HOLD, "f");
    }

    private static String line(Process process) throws Exception {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        return String.valueOf(reader.readLine());
    }

    /** Waits until so many of the processes are in fcntl(F_SETLKW): system call 72 on x86-64, 25 on arm64. */
    private void awaitWaiting(int count) throws Exception {
        String script = "for i in $(seq 600); do n=0; for p in " + pids() + "; do"
                + " grep -Eq '^(72|25) 0x[0-9a-f]+ 0x7 ' /proc/$p/syscall && n=$((n + 1)); done; test $n -ge " + count
                + " && exit 0; sleep 0.1; done; exit 1";
        mounted.sh(script);
    }

    private String pids() {
        return String.join(
                " ", processes.stream().map(p -> Long.toString(p.pid())).toList());
    }

    @Test
    void sixtyFourProcessesWaitWhileTheMountServes() throws Exception {
        Process holder = hold();
        assertThat(line(holder)).isEqualTo("locked");
        List<Process> waiting = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            waiting.add(hold());
        }
        awaitWaiting(64);
        assertThat(mounted.sh("for i in $(seq 50); do echo $i > g$i; done; cat g50; ls | wc -l"))
                .isEqualTo("50\n51");
        holder.getOutputStream().close();
        holder.waitFor();
        for (Process process : waiting) {
            process.getOutputStream().close();
        }
        for (Process process : waiting) {
            assertThat(line(process)).isEqualTo("locked");
            assertThat(process.waitFor()).isZero();
        }
    }

    @Test
    void signalEndsTheWaitForALock() throws Exception {
        Process holder = hold();
        assertThat(line(holder)).isEqualTo("locked");
        Process waiting = hold();
        awaitWaiting(1);
        mounted.sh("kill -USR1 " + waiting.pid());
        assertThat(line(waiting)).isEqualTo("refused: Interrupted system call");
        Process killed = hold();
        awaitWaiting(1);
        killed.destroyForcibly();
        assertThat(killed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        holder.getOutputStream().close();
        assertThat(line(hold())).isEqualTo("locked");
    }

    @Test
    void locksGoWithTheProcessThatHeldThem() throws Exception {
        Process holder = hold();
        assertThat(line(holder)).isEqualTo("locked");
        Process waiting = hold();
        awaitWaiting(1);
        holder.destroyForcibly();
        assertThat(line(waiting)).isEqualTo("locked");
    }

    @Test
    void conflictIsTold() throws Exception {
        Process holder = hold();
        assertThat(line(holder)).isEqualTo("locked");
        String test = """
                use Fcntl; open(F, "+<", "f"); my $l = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0);
                fcntl(F, F_SETLK, $l) or print 0 + $!; fcntl(F, F_GETLK, $l); my @l = unpack("s s x4 l! l! i", $l);
                print " $l[0] $l[4]";
                """;
        assertThat(mounted.sh("perl -e '" + test + "'")).isEqualTo("11 1 " + holder.pid());
    }

    @Test
    void flocksExcludeAndWait() throws Exception {
        assertThat(mounted.sh("flock f sh -c 'flock -n f echo bad || echo busy'; flock -n f echo free;"
                        + " flock -s f flock -s -n f echo shared"))
                .isEqualTo("busy\nfree\nshared");
        assertThat(mounted.sh(
                        "for i in $(seq 20); do (flock f sh -c 'n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) > n') &"
                                + " done; wait; cat n"))
                .isEqualTo("20");
    }
}
