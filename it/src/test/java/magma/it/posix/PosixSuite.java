package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/**
 * What the suites share: a directory for each test, and short words for what is done in it. Expectations come from the text of
 * POSIX.1-2017 and, where it leaves a choice, from Linux's manual pages.
 */
abstract class PosixSuite {
    static final List<String> TYPES = List.of("regular", "dir", "fifo", "char", "block", "socket", "symlink");
    static final List<String> NOT_DIRECTORIES = List.of("regular", "fifo", "char", "block", "socket");

    /** The longest name and one longer. */
    static final String LONGEST = "n".repeat(255);

    static final String TOO_LONG = "n".repeat(256);

    /** A path that is longer than PATH_MAX. */
    static final String TOO_LONG_PATH = "./".repeat(2_048) + "x";

    private static final Pattern REFUSAL = Pattern.compile("E[A-Z0-9]+");
    private static int directories;

    private Path directory = Path.of("/");

    /** The program that makes the calls. */
    abstract PosixCaller caller();

    /** An existing directory in the filesystem that is examined. */
    abstract Path filesystem();

    @BeforeEach
    void makeDirectory(TestInfo test) {
        String name = test.getTestMethod().orElseThrow().getName() + directories++;
        directory = filesystem();
        ok(ROOT, "mkdir " + name + " 0777");
        directory = directory.resolve(name);
        ok(ROOT, "chmod . 0777");
    }

    /** The line that the calls give. */
    final String run(User user, String calls) {
        return caller().call(PosixCaller.word(directory.toString()) + " " + user.words() + " " + calls);
    }

    final void expect(String result, User user, String calls) {
        assertThat(run(user, calls)).as(calls).isEqualTo(result);
    }

    /** Asserts that none of the calls is refused. @return what they give */
    final List<String> ok(User user, String calls) {
        List<String> results = List.of(run(user, calls).split(" ; ", -1));
        assertThat(results)
                .as(calls)
                .noneMatch(result -> REFUSAL.matcher(result).matches());
        return results;
    }

    /** Asserts what the last of the calls gives, and that the ones before are not refused. */
    final void last(String result, User user, String calls) {
        List<String> results = List.of(run(user, calls).split(" ; ", -1));
        int count = results.size();
        assertThat(results.subList(0, count - 1))
                .as(calls)
                .noneMatch(each -> REFUSAL.matcher(each).matches());
        assertThat(results.get(count - 1)).as(calls).isEqualTo(result);
    }

    /** The attributes of what stands there, a symlink's own. */
    final Fields stat(String path) {
        return Fields.parse(run(ROOT, "lstat " + path));
    }

    final String mode(String path) {
        return stat(path).get("mode");
    }

    final void assertMode(String path, String mode) {
        assertThat(mode(path)).as(path).isEqualTo(mode);
    }

    /** Makes an object of the type, as root. */
    final void make(String type, String path) {
        switch (type) {
            case "regular" -> ok(ROOT, "open " + path + " O_CREAT|O_EXCL|O_WRONLY 0644");
            case "dir" -> ok(ROOT, "mkdir " + path + " 0755");
            case "fifo" -> ok(ROOT, "mkfifo " + path + " 0644");
            case "char" -> ok(ROOT, "mknod " + path + " c 0644 1 3");
            case "block" -> ok(ROOT, "mknod " + path + " b 0644 7 99");
            case "socket" -> ok(ROOT, "bind " + path);
            case "symlink" -> ok(ROOT, "symlink target " + path);
            default -> throw new IllegalArgumentException(type);
        }
    }

    /** Makes an object and gives it to the owner. */
    final void make(String type, String path, String mode) {
        make(type, path);
        ok(ROOT, "lchown " + path + " " + OWNER.uid() + " " + OWNER.gid());
        if (!type.equals("symlink")) {
            ok(ROOT, "chmod " + path + " " + mode);
        }
    }

    final void remove(String type, String path) {
        ok(ROOT, (type.equals("dir") ? "rmdir " : "unlink ") + path);
    }

    /** Lets the clock of the filesystem go on. */
    final void tick() {
        String clock = PosixCaller.word(filesystem().resolve("clock").toString());
        ok(ROOT, "open " + clock + " O_CREAT|O_RDWR 0600 ; tick " + clock);
    }

    /** Runs the calls, and asserts which of a path's times they changed, of "atime", "mtime" and "ctime". */
    final void marks(String path, List<String> changed, User user, String calls) {
        Fields before = stat(path);
        tick();
        ok(user, calls);
        assertMarked(path, before, changed, calls);
    }

    /** Asserts which of a path's times are later than before. */
    final void assertMarked(String path, Fields before, List<String> changed, String calls) {
        Fields after = stat(path);
        for (String time : List.of("mtime", "ctime")) {
            if (changed.contains(time)) {
                assertThat(after.time(time))
                        .as(time + " of " + path + " after " + calls)
                        .isGreaterThan(before.time(time));
            } else {
                assertThat(after.time(time))
                        .as(time + " of " + path + " after " + calls)
                        .isEqualTo(before.time(time));
            }
        }
    }

    /** Asserts that the calls, which are refused, change none of a path's times. */
    final void refusedWithoutMark(String path, String result, User user, String calls) {
        Fields before = stat(path);
        tick();
        last(result, user, calls);
        assertMarked(path, before, List.of(), calls);
    }

    /** What every call that takes a path refuses; {@code call} has "{}" where the path goes. */
    final void refusesBadPaths(String call) {
        for (String type : NOT_DIRECTORIES) {
            make(type, "prefix");
            expect("ENOTDIR", ROOT, call.replace("{}", "prefix/x"));
            ok(ROOT, "unlink prefix");
        }
        expect("ENOENT", ROOT, call.replace("{}", "missing/x"));
        expect("ENOENT", ROOT, call.replace("{}", "%"));
        expect("ENAMETOOLONG", ROOT, call.replace("{}", TOO_LONG));
        expect("ENAMETOOLONG", ROOT, call.replace("{}", TOO_LONG + "/x"));
        expect("ENAMETOOLONG", ROOT, call.replace("{}", TOO_LONG_PATH));
        ok(ROOT, "symlink loop1 loop2 ; symlink loop2 loop1");
        expect("ELOOP", ROOT, call.replace("{}", "loop1/x"));
        ok(ROOT, "mkdir closed 0700 ; mkdir closed/in 0777");
        expect("EACCES", OTHER, call.replace("{}", "closed/x"));
        expect("EACCES", OTHER, call.replace("{}", "closed/in/x"));
        ok(ROOT, "rmdir closed/in ; rmdir closed ; unlink loop1 ; unlink loop2");
    }

    /**
     * Asserts that who is to be allowed to make the call may write to and search the directory.
     *
     * @param call has "{}" for a path in it
     * @param standing the type of what stands at the path, or empty for nothing
     */
    final void needsWritableDirectory(String call, String standing) {
        make("dir", "guarded", "0755");
        if (!standing.isEmpty()) {
            make(standing, "guarded/x");
        }
        expect("EACCES", OTHER, call.replace("{}", "guarded/x"));
        expect("EACCES", MEMBER, call.replace("{}", "guarded/x"));
        for (String mode : List.of("0776", "0774", "0770")) {
            ok(ROOT, "chmod guarded " + mode);
            expect("EACCES", OTHER, call.replace("{}", "guarded/x"));
        }
        ok(ROOT, "chmod guarded 0577");
        expect("EACCES", OWNER, call.replace("{}", "guarded/x"));
        ok(ROOT, "chmod guarded 0755");
    }
}
