package magma.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that takes a lock on a file: "posix", by fcntl on one byte, or "flock", on all of it. */
final class LockingProcess implements AutoCloseable {
    private static final int SECONDS = 240;

    /**
     * Arguments: verb, family, file, "read" or "write", and the byte, or how often to count. "attempt" says whether the lock can be had, "hold" says so too and ends with its input, "count" adds one to the number in
     * the file under the lock, so many times.
     */
    private static final String PROGRAM = """
            use Fcntl qw(:DEFAULT :flock); $| = 1; my ($verb, $family, $path, $kind, $number) = @ARGV; my $shared = $kind eq "read";
            open(F, "+<", $path) or die "$!";
            sub take { my ($wait, $byte) = @_;
                return flock(F, ($shared ? LOCK_SH : LOCK_EX) | ($wait ? 0 : LOCK_NB)) if $family eq "flock";
                my $lock = pack("s s x4 l! l! i x4", $shared ? F_RDLCK : F_WRLCK, 0, $byte, 1, 0);
                return fcntl(F, $wait ? F_SETLKW : F_SETLK, $lock); }
            sub drop { return flock(F, LOCK_UN) if $family eq "flock"; my $none = pack("s s x4 l! l! i x4", F_UNLCK, 0, 0, 0, 0); return fcntl(F, F_SETLK, $none); }
            if ($verb eq "count") {
                for (1 .. $number) {
                    take(1, 10) or die "$!"; sysseek(F, 0, 0); sysread(F, my $n, 20); sysseek(F, 0, 0);
                    my $next = ($n + 1) . "\\n"; syswrite(F, $next) == length($next) or die "$!"; drop() or die "$!";
                }
                print "done\\n";
            } else {
                print take(0, $number) ? "locked\\n" : $!{EAGAIN} || $!{EACCES} ? "refused\\n" : "error $!\\n";
                <STDIN> if $verb eq "hold";
            }
            """;

    private final Process process;

    private LockingProcess(Process process) {
        this.process = process;
    }

    private static LockingProcess start(String verb, String family, Path file, String kind, int number)
            throws IOException {
        List<String> words = List.of(
                "timeout",
                Integer.toString(SECONDS),
                "perl",
                "-e",
                PROGRAM,
                verb,
                family,
                file.toString(),
                kind,
                Integer.toString(number));
        return new LockingProcess(
                new ProcessBuilder(words).redirectErrorStream(true).start());
    }

    private String line() throws IOException {
        return String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine());
    }

    private static String only(LockingProcess started) throws IOException {
        try (LockingProcess process = started) {
            return process.line();
        }
    }

    /** "done", when it has taken the write lock so many times. */
    static String run(String verb, String family, Path file, int times) throws IOException {
        return only(start(verb, family, file, "write", times));
    }

    /** "locked" or "refused". The lock is let go at once. */
    static String attempt(String family, Path file, String kind, int at) throws IOException {
        return only(start("attempt", family, file, kind, at));
    }

    /** It has the lock when this returns. */
    static LockingProcess hold(String family, Path file, String kind, int at) throws IOException {
        LockingProcess holder = start("hold", family, file, kind, at);
        String line = holder.line();
        if (!line.equals("locked")) {
            throw new IOException("it cannot lock: " + line);
        }
        return holder;
    }

    /** Sends SIGKILL, and waits for the end. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        awaitEnd();
    }

    private void awaitEnd() {
        process.onExit().orTimeout(SECONDS + 10, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        awaitEnd();
    }
}
