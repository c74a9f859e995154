#!/bin/sh
# Real programs do real work below MOUNT and, the same, below LOCAL; then both are compared byte for byte.
#
#   realwork.sh MOUNT LOCAL [TASK...]     tasks: tar git sqlite rsync build fio mmap; all by default
#
# Prints a line for each task and exits with 1 when one differs. Both directories must be empty; LOCAL on a local disk.
set -u
mount=$(cd "$1" && pwd) || exit 2
local=$(cd "$2" && pwd) || exit 2
shift 2
tasks=${*:-tar git sqlite rsync build fio mmap}
failed=0
cd "$local" || exit 2
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_AUTHOR_NAME=m GIT_AUTHOR_EMAIL=m@localhost \
    GIT_COMMITTER_NAME=m GIT_COMMITTER_EMAIL=m@localhost GIT_AUTHOR_DATE=2020-01-01T00:00:00Z \
    GIT_COMMITTER_DATE=2020-01-01T00:00:00Z GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

# What a tree is: types, modes, owners, links, sizes, times to the nanosecond, targets, and a hash of all content.
picture() {
    (cd "$1" && find . -mindepth 1 \( -type d -printf '%p d %m %U %G\n' -o -type l -printf '%p l %U %G %l %T@\n' \
        -o -printf '%p %y %m %U %G %n %s %T@\n' \) | sort && find . -type f -print0 | sort -z | xargs -0r sha1sum)
}

same() { # same NAME DIR
    if picture "$mount/$2" >"$local/.$1.magma" && picture "$local/$2" >"$local/.$1.local" \
        && cmp -s "$local/.$1.magma" "$local/.$1.local"; then
        echo "$1: the same, $(wc -l <"$local/.$1.local") lines"
    else
        echo "$1: DIFFERS"
        diff "$local/.$1.magma" "$local/.$1.local" | head -n 10
        failed=1
    fi
}

both() { # both COMMAND...: runs it in each directory
    for base in "$mount" "$local"; do
        (cd "$base" && "$@") >"$local/.output" 2>&1 || {
            echo "failed below $base: $*"
            tail -n 20 "$local/.output"
            failed=1
        }
    done
}

# At least 5,000 files with links, modes, odd names and holes, made once.
source_tree() {
    [ -d "$local/source" ] && return
    mkdir -p "$local/source" && (
        cd "$local/source" || exit 1
        for d in $(seq 1 50); do
            mkdir "d$d"
            for f in $(seq 1 104); do
                head -c $((d * f % 9000)) /dev/zero | tr '\0' "$(printf '\\%03o' $((65 + f % 26)))" >"d$d/f$f"
            done
            ln "d$d/f1" "d$d/hard"
            ln -s ../d1/f2 "d$d/soft"
            chmod 0750 "d$d/f3" && chmod 4711 "d$d/f4" && touch -d '2001-02-03 04:05:06.789012345' "d$d/f5"
        done
        : >'a name with spaces, ü and "quotes"'
        truncate -s 10M hole && printf end | dd of=hole bs=1 seek=5000000 conv=notrunc 2>/dev/null
        mkfifo fifo && touch -d '2002-03-04 05:06:07' fifo
    )
}

do_tar() {
    source_tree
    tar -C "$local" --sort=name -cf "$local/source.tar" source
    both mkdir unpacked
    both tar -xpf "$local/source.tar" -C unpacked
    same tar-unpack unpacked
    both tar -C unpacked --sort=name -cf repacked.tar source
    cmp "$mount/repacked.tar" "$local/repacked.tar" && echo "tar-repack: the same archive" || failed=1
}

git_work() {
    git init -q -b main origin && cp -a "$local/source/d1" "$local/source/d2" "$local/source/d3" origin/ \
        && cd origin && git add -A && git commit -qm one && cd .. && git clone -q --no-hardlinks origin clone && cd clone \
        && echo more >>d1/f7 && git rm -q d2/f9 && git mv d3/f1 d3/moved && git commit -qam two && git gc -q \
        && git fsck --full --strict && git status --porcelain >status && [ "$(cat status)" = '?? status' ] && rm status \
        && git log --format=%H >../log
}

do_git() {
    source_tree
    both git_work
    cmp "$mount/log" "$local/log" && echo "git: the same commits" || failed=1
    for base in "$mount" "$local"; do (cd "$base/clone" && git ls-files -s >"$base/files"); done
    cmp "$mount/files" "$local/files" && echo "git: the same files" || failed=1
}

sqlite_work() { # sqlite_work JOURNAL
    {
        echo "PRAGMA journal_mode=$1; CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT); CREATE INDEX w ON t(word);"
        seq 1 50000 | awk 'NR % 1000 == 1 {print "BEGIN;"}
            {print "INSERT INTO t VALUES(" $1 ", \"word " $1 * 7919 % 50021 "\");"}
            NR % 1000 == 0 {print "COMMIT;"}'
        echo 'PRAGMA integrity_check; SELECT count(*), sum(id), max(word) FROM t;'
    } | sqlite3 "$1.db" >"$1.out" && grep -qx ok "$1.out"
}

do_sqlite() {
    for journal in wal delete; do
        both sqlite_work $journal
        cmp "$mount/$journal.out" "$local/$journal.out" && echo "sqlite $journal: the same answers" || failed=1
    done
}

rsync_source() {
    mkdir acl && cp -a "$local/source/d5" acl/ && setfacl -m u:1:rwx,g:2:r-x acl/d5/f1 && setfacl -d -m u:3:rx acl/d5 \
        && setfattr -n user.colour -v red acl/d5/f2 && setfattr -n user.empty acl/d5
}

do_rsync() {
    source_tree
    (cd "$local" && rsync_source) || failed=1
    both rsync -aHAXS "$local/acl" "$local/source" synced/
    same rsync synced
    for base in "$mount" "$local"; do
        (cd "$base/synced" && find acl | sort | while read -r f; do getfacl -n "$f" && getfattr -d "$f"; done) >"$base/acls" 2>&1
    done
    cmp "$mount/acls" "$local/acls" && echo "rsync: the same ACLs and xattrs" || { failed=1; diff "$mount/acls" "$local/acls" | head; }
    [ -z "$(rsync -aHAXn --delete -i "$local/source/" "$mount/synced/source/")" ] && echo "rsync: nothing left to do" || failed=1
}

build_work() {
    mkdir build && cd build || return 1
    for i in $(seq 1 40); do
        printf 'int f%d(int x) { return x * %d + 1; }\n' "$i" "$i" >"f$i.c"
    done
    { for i in $(seq 1 40); do echo "int f$i(int);"; done
      echo '#include <stdio.h>'; echo 'int main(void) { long s = 0;'
      for i in $(seq 1 40); do echo "s += f$i($i);"; done
      echo 'printf("%ld", s); return 0; }'; } >main.c
    cat >Makefile <<'END'
OBJECTS = $(patsubst %.c,%.o,$(wildcard *.c))
program: $(OBJECTS)
	$(CC) -o $@ $^
END
    make -j2 && make -q && ./program >output
}

do_build() {
    both build_work
    cmp "$mount/build/output" "$local/build/output" && cmp "$mount/build/program" "$local/build/program" \
        && echo "build: the same program" || failed=1
}

do_fio() {
    mkdir -p "$mount/fio"
    if fio --name=verify --directory="$mount/fio" --size=48m --bs=4k --rw=randwrite --verify=crc32c --verify_fatal=1 \
        --do_verify=1 --ioengine=psync --numjobs=2 --fsync=1000 --group_reporting >"$local/.fio" 2>&1 \
        && fio --name=direct --directory="$mount/fio" --size=24m --bsrange=512-64k --blockalign=512 --rw=randwrite --direct=1 \
            --verify=md5 --verify_fatal=1 --do_verify=1 --ioengine=psync >>"$local/.fio" 2>&1; then
        echo "fio: verified"
    else
        echo "fio: FAILED"; tail -n 20 "$local/.fio"; failed=1
    fi
}

do_mmap() {
    if fio --name=mmap --directory="$mount" --size=32m --bs=4k --rw=randwrite --ioengine=mmap --verify=crc32c \
        --do_verify=1 --verify_fatal=1 >"$local/.mmap" 2>&1; then
        echo "mmap: verified"
    else
        echo "mmap: FAILED"; tail -n 20 "$local/.mmap"; failed=1
    fi
}

for task in $tasks; do "do_$task"; done
exit $failed
