package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Real programs at work on a mount. */
@TestInstance(Lifecycle.PER_CLASS)
class ProgramsIT {
    private MountedVolume mounted;

    @BeforeAll
    void mount() throws Exception {
        mounted = new MountedVolume();
    }

    @AfterAll
    void unmount() throws Exception {
        mounted.close();
    }

    @Test
    void sqliteKeepsItsWordInBothJournalModes() throws Exception {
        for (String mode : new String[] {"wal", "delete"}) {
            String rows = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)"
                    + " insert into t select i, hex(randomblob(50)) from n";
            assertThat(mounted.sh("sqlite3 " + mode + ".db 'pragma journal_mode=" + mode + "; create table t(a, b); "
                            + rows
                            + "; create index i on t(b); delete from t where a % 3 = 0; select count(*) from t;"
                            + " pragma integrity_check; vacuum'; sqlite3 " + mode + ".db 'select count(*) from t'"))
                    .isEqualTo(mode + "\n3334\nok\n3334");
        }
    }

    @Test
    void sqliteWritersExcludeEachOther() throws Exception {
        assertThat(mounted.sh("sqlite3 s.db 'create table t(a)'; for p in 1 2 3 4; do (for i in $(seq 25); do"
                        + " sqlite3 -cmd '.timeout 60000' s.db 'insert into t values(1)'; done) & done; wait;"
                        + " sqlite3 s.db 'select count(*) from t; pragma integrity_check'"))
                .isEqualTo("100\nok");
    }

    @Test
    void gitClonesCommitsPacksAndChecks() throws Exception {
        assertThat(mounted.sh(
                        "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b;"
                                + " export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*';"
                                + " git init -q r; cd r; cp -r /usr/include/linux .; git add -A; git commit -qm one; echo x >> linux/fs.h;"
                                + " git commit -qam two; git gc -q; git fsck --full --strict 2>&1; git clone -q . ../c; cd ../c;"
                                + " git status --porcelain; git log --oneline | wc -l; diff -r linux ../r/linux"))
                .isEqualTo("2");
    }

    @Test
    void tarAndRsyncKeepAllTheyCarry() throws Exception {
        assertThat(mounted.sh(
                        "mkdir src; cd src; cp -r /usr/include/asm-generic a; ln a/errno.h hard; ln -s a/errno.h soft;"
                                + " mkfifo p; truncate -s 1M sparse; chmod 4711 hard; setfattr -n user.x -v y sparse; setfacl -m u:7:rw soft;"
                                + " touch -d @1.5 sparse; cd ..; rsync -aHAXS src/ dst; rsync -aHAXScn --delete -i src/ dst;"
                                + " mkdir t; tar c --acls --xattrs -C src . | tar xp --acls --xattrs -C t; rsync -aHAXcn -i src/ t;"
                                + " getfattr --only-values -n user.x t/sparse"))
                .isEqualTo("y");
    }

    @Test
    void mappedFilesAreReadAndWritten() throws Exception {
        assertThat(
                        mounted.sh(
                                "fio --name=m --filename=m --size=16m --bs=4k --rw=randwrite --ioengine=mmap --verify=crc32c"
                                        + " --do_verify=1 --minimal > out && echo ok; fio --name=d --directory=. --size=4m --bs=64k --rw=randrw"
                                        + " --ioengine=psync --direct=1 --numjobs=4 --verify=crc32c --minimal > out && echo ok"))
                .isEqualTo("ok\nok");
    }

    @Test
    void aProgramThatMayOnlyBeRunIsRunAndNotRead() throws Exception {
        String other = "setpriv --reuid=1001 --regid=1001 --clear-groups ";
        assertThat(mounted.sh("cp /bin/true only; chmod 0111 only; " + other + "./only && echo ran; " + other
                        + "cat only 2>&1 || true; " + other + "cp only /dev/null 2>&1 || true; chmod 0644 only; "
                        + other
                        + "./only 2>/dev/null || echo refused"))
                .startsWith("ran\n")
                .contains("cat: only: Permission denied", "cannot open 'only'")
                .endsWith("refused");
    }
}
