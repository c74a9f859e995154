package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What single system calls and small programs see of files, directories and the like on a mount. */
@TestInstance(Lifecycle.PER_CLASS)
class FilesIT {
    private MountedVolume mounted;

    @BeforeAll
    void mount() throws Exception {
        mounted = new MountedVolume();
    }

    @AfterAll
    void unmount() throws Exception {
        mounted.close();
    }

    @BeforeEach
    void empty() throws Exception {
        mounted.sh("chmod 777 . && find . -mindepth 1 -delete");
    }

    @Test
    void mountShowsAsMagma() throws Exception {
        assertThat(mounted.sh("stat -f -c %T . ; findmnt -no FSTYPE,SOURCE -T . | tr -s ' '"))
                .isEqualTo("fuseblk\nfuse.magma magma");
    }

    @Test
    void contentIsReadAsItWasWritten() throws Exception {
        byte[] content = new byte[5_000_001];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31 >>> 3);
        }
        Path file = mounted.directory().resolve("content");
        Files.write(file, content);
        assertThat(Arrays.equals(Files.readAllBytes(file), content)).isTrue();
        mounted.sh("echo more >> content; dd if=content of=copy bs=4097 status=none; cmp content copy");
        mounted.sh("dd if=content of=direct bs=4096 iflag=direct oflag=direct status=none count=100;"
                + " dd if=content bs=4096 count=100 status=none | cmp - direct");
    }

    @Test
    void namesOfOneFileAreOneFile() throws Exception {
        assertThat(mounted.sh("echo one > a; ln a b; cat b > /dev/null; echo two > a; cat b; chmod 600 b;"
                        + " stat -c '%a %h' a; test a -ef b; rm a; stat -c %h b; cat b"))
                .isEqualTo("two\n600 2\n1\ntwo");
    }

    @Test
    void unlinkedFileLivesWhileItIsOpen() throws Exception {
        String script = """
                open(F, "+>", "gone") or die; syswrite(F, "hello"); unlink("gone") or die;
                chmod(0640, *F) or die "chmod: $!"; truncate(F, 3) or die "truncate: $!";
                chown(1, 2, *F) or die "chown: $!"; utime(5, 6, *F) or die "utime: $!";
                @s = stat(F); printf "%o %d %d %d %d %d\\n", $s[2] & 07777, @s[3, 4, 5, 7, 9];
                sysseek(F, 0, 0); sysread(F, $b, 9); print "$b\\n";
                opendir(D, "."); print join(" ", sort readdir(D)), "\\n";
                """;
        assertThat(mounted.sh("perl -e '" + script + "'")).isEqualTo("640 0 1 2 3 6\nhel\n. ..");
    }

    @Test
    void renameMovesReplacesExchangesAndRefuses() throws Exception {
        assertThat(mounted.sh("mkdir d; echo a > a; echo b > b; mv -T a d/c; mv -T b d/c; cat d/c; ls -A d; ls -A"))
                .isEqualTo("b\nc\nd");
        // 316: renameat2 on x86-64, 276 on arm64. 1: NOREPLACE, 2: EXCHANGE, 4: WHITEOUT.
        String renames = """
                use POSIX; $n = (POSIX::uname())[4] eq "aarch64" ? 276 : 316;
                sub re { my ($a, $b, $f) = @_; $! = 0; syscall($n, -100, $a, -100, $b, $f); return 0 + $!; }
                print join(" ", re("x", "y", 1), re("x", "y", 2), re("x", "z", 1), re("z", "y", 4), re("no", "y", 2)), "\\n";
                """;
        assertThat(mounted.sh("echo x > x; echo y > y; perl -e '" + renames + "'; cat y z; test ! -e x"))
                .isEqualTo("17 0 0 22 2\nx\ny");
    }

    @Test
    void timesAreSetOneByOneOrToNow() throws Exception {
        assertThat(mounted.sh("echo > f; touch -d '2001-01-01 00:00:00.123456789 UTC' f;"
                        + " touch -a -d '2002-02-02 UTC' f; TZ=UTC stat -c '%x|%y' f;"
                        + " touch -m -d '@-1.5' f; stat -c '%.2X %.2Y' f;"
                        + " touch -a f; test $(stat -c %X f) -ge $(($(date +%s) - 60)); stat -c %.2Y f"))
                .isEqualTo("2002-02-02 00:00:00.000000000 +0000|2001-01-01 00:00:00.123456789 +0000\n"
                        + "1012608000.00 -1.50\n-1.50");
    }

    @Test
    void everyTypeOfNodeCanBeMade() throws Exception {
        assertThat(mounted.sh("mknod null c 1 3; mknod big b 259 70000; mkfifo fifo; ln -s target link;"
                        + " perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"sock\")) or die $!';"
                        + " stat -c '%F %Hr %Lr' null big; stat -c %F fifo sock link; readlink link; echo x > null;"
                        + " (echo through > fifo &); cat fifo"))
                .isEqualTo("character special file 1 3\nblock special file 259 70000\nfifo\nsocket\nsymbolic link\n"
                        + "target\nthrough");
    }

    @Test
    void holesArePunchedFoundAndKept() throws Exception {
        assertThat(mounted.sh("truncate -s 10M f; printf abc | dd of=f bs=1 seek=5000000 conv=notrunc status=none;"
                        + " test $(stat -c %b f) -lt 1000; cp --sparse=always f g; cmp f g;"
                        + " fallocate -l 1M -o 0 f; fallocate -p -o 4980736 -l 131072 f; tr -d '\\0' < f | wc -c;"
                        + " fallocate -n -l 20M f; stat -c %s f; fallocate -l 20M f; stat -c %s f;"
                        + " printf data > z; fallocate -z -l 100 z; stat -c %s z; tr -d '\\0' < z | wc -c;"
                        + " fallocate -c -o 0 -l 4096 f 2>&1 || echo refused"))
                .isEqualTo(
                        "0\n10485760\n20971520\n100\n0\nfallocate: fallocate failed: Operation not supported\nrefused");
        String seek = "open(F, \"<\", \"h\"); print sysseek(F, 0, 3), \" \", sysseek(F, 1048576, 4), \"\\n\"";
        assertThat(mounted.sh("truncate -s 1M h; printf x >> h; truncate -s 4M h; perl -e '" + seek + "'"))
                .matches("(0 but true|[0-9]+) [0-9]+");
    }

    @Test
    void attributesAndAclsAreKept() throws Exception {
        assertThat(mounted.sh(
                        "echo > f; setfattr -n user.colour -v red f; getfattr --only-values -n user.colour f; echo;"
                                + " setfattr -n user.colour -v blue f; getfattr -d f | grep -c blue; setfattr -x user.colour f;"
                                + " getfattr -d f; setfattr -n system.other -v x f 2>&1 || echo refused"))
                .isEqualTo("red\n1\nsetfattr: f: Operation not supported\nrefused");
        assertThat(mounted.sh(
                        "setfacl -m u:1234:rw f; getfacl -cpn f; stat -c %a f; getfattr -m - f | grep -c acl_access;"
                                + " setfacl -b f; stat -c %a f; mkdir d; setfacl -d -m u:1234:rwx,g::--- d; (umask 077; echo > d/g;"
                                + " mkdir d/e); getfacl -cpn d/g; getfacl -cpn d/e | grep -c default"))
                .isEqualTo("user::rw-\nuser:1234:rw-\ngroup::r--\nmask::rw-\nother::r--\n\n664\n1\n644\n"
                        + "user::rw-\nuser:1234:rwx\t#effective:rw-\ngroup::---\nmask::rw-\nother::r--\n\n5");
    }

    @Test
    void permissionsAreThoseOfTheCaller() throws Exception {
        mounted.sh(
                "mkdir -m 770 shared; chgrp 777 shared; echo secret > s; chmod 600 s; cp /bin/true run; chmod 711 run");
        assertThat(mounted.asNobody(
                        "touch shared/x; stat -c '%u %g' shared/x; (umask 027; mkdir shared/d;"
                                + " touch shared/f; stat -c %a shared/d shared/f)",
                        5, 777))
                .isEqualTo("65534 65534\n750\n640");
        assertThat(mounted.asNobody("touch shared/y 2>&1 || cat s 2>&1 || ls shared 2>&1 || ./run && echo ran"))
                .isEqualTo("touch: cannot touch 'shared/y': Permission denied\ncat: s: Permission denied\n"
                        + "ls: cannot open directory 'shared': Permission denied\nran");
        assertThat(mounted.sh("setfacl -m u:65534:rx shared; echo")).isEmpty();
        assertThat(mounted.asNobody("ls shared")).isEqualTo("d\nf\nx");
    }

    @Test
    void writersWithoutPrivilegeDropSetUserIdAtOnce() throws Exception {
        mounted.sh("echo > su; chmod 6777 su; stat su; chmod 6777 su; stat su > /dev/null");
        assertThat(mounted.asNobody("echo y >> su; stat -c %a su")).isEqualTo("777");
        mounted.sh("chmod 6777 su; stat su > /dev/null");
        assertThat(mounted.asNobody("truncate -s 1 su; stat -c %a su")).isEqualTo("777");
        mounted.sh("chmod 6777 su; stat su > /dev/null");
        assertThat(mounted.asNobody("fallocate -l 100 su; stat -c %a su")).isEqualTo("777");
        assertThat(mounted.sh("chmod 6777 su; echo z >> su; stat -c %a su")).isEqualTo("6777");
    }

    @Test
    void twentyThousandEntriesAreListedOnce() throws Exception {
        assertThat(
                        mounted.sh(
                                "mkdir many; cd many; seq -f file-%05g 20000 | xargs touch; ls -U | sort | uniq | wc -l;"
                                        + " ls -lU | grep -c file-; find . -type f -newer .. -o -type f | wc -l; ls | tail -1; rm -rf ../many"))
                .isEqualTo("20000\n20000\n20000\nfile-20000");
    }

    @Test
    void listingGoesOnWhereItStopped() throws Exception {
        String seek = """
                opendir(D, "."); for (1 .. 30) { readdir(D) } my $at = telldir(D); my @rest = readdir(D);
                seekdir(D, $at); my @again = readdir(D); rewinddir(D); my @all = readdir(D);
                print scalar(@rest), " ", ("@rest" eq "@again" ? "same" : "other"), " ", scalar(@all), "\\n";
                """;
        assertThat(mounted.sh("touch $(seq 1 500); perl -e '" + seek + "'")).isEqualTo("472 same 502");
    }

    @Test
    void figuresOfTheFilesystemAreTrue() throws Exception {
        String before = mounted.sh("stat -f -c '%a %c %d %l' .");
        mounted.sh("dd if=/dev/zero of=f bs=1M count=16 status=none");
        String after = mounted.sh("stat -f -c '%a %c %d %l' .");
        long blocks = Long.parseLong(before.split(" ", -1)[0]) - Long.parseLong(after.split(" ", -1)[0]);
        assertThat(blocks * 4096).isBetween(16L << 20, 17L << 20);
        assertThat(after).endsWith(" 255");
    }

    @Test
    void attributesAreRightAfterEachKindOfChange() throws Exception {
        // The change time must move, and counts must be right, whatever the kernel believes to know.
        String script = """
                check() { what=$1; before=$(stat -c %.9Z $2); new=$3; shift 3; "$@"; after=$(stat -c %.9Z $new);
                  test $before != $after || echo "$what: ctime stood still"; }
                echo one > f; mkdir d; check link f f ln f g; check unlink f f rm g; check rename f h mv f h
                check chmod h h chmod 600 h; check chown h h chown 5:6 h; check write h h sh -c 'echo x >> h'
                check truncate h h truncate -s 1 h; check fallocate h h fallocate -l 100 h
                check xattr h h setfattr -n user.a -v b h; check acl h h setfacl -m u:9:r h; check touch h h touch h
                check create d d touch d/a; check mkdir d d mkdir d/b; check unlink d d rm d/a; check rmdir d d rmdir d/b
                check symlink d d ln -s x d/l; check rename d d mv d/l d/m; check moved d d mv d/m n
                mkdir d/e d/f; stat -c %h d; rmdir d/e; stat -c %h d; mv d/f .; stat -c %h d; stat -c '%h %s' h
                ln h i; ln h j; stat -c %h i; rm h; stat -c %h j; echo > k; mv k i; stat -c %h j
                """;
        assertThat(mounted.sh(script)).isEqualTo("4\n3\n2\n1 100\n3\n2\n1");
    }

    @Test
    void copiedRangesEqualTheirSource() throws Exception {
        // 326: copy_file_range on x86-64, 285 on arm64.
        String copy = """
                use POSIX; $n = (POSIX::uname())[4] eq "aarch64" ? 285 : 326; open(A, "<", "a"); open(B, "+<", "b");
                my ($done, $r) = (0, 1);
                while ($r > 0) { $r = syscall($n, fileno(A), 0, fileno(B), 0, 3000000, 0); $done += $r; } print "$done\\n";
                """;
        assertThat(mounted.sh("dd if=/dev/urandom of=a bs=1M count=3 status=none; echo old > b; cat b > /dev/null;"
                        + " perl -e '" + copy + "'; cmp a b"))
                .isEqualTo("3145728");
    }
}
