/*
 * Makes system calls for tests, as the user that is asked for, and says what came of them.
 *
 * Each line of standard input is a job: words separated by blanks, in which %XX stands for a byte and "%" alone for the empty word.
 *
 *   DIRECTORY UID GID GROUPS UMASK CALL ARGUMENT... [; CALL ARGUMENT...]...
 *
 * GROUPS are numbers separated by commas, or "-". A job runs in a process of its own, in DIRECTORY, and answers with one line: the
 * results of its calls, separated by " ; ". A result is the name of an errno, "0", a number, or fields. Files that a job opens are
 * numbered from 0 in the order in which it opened them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { WORDS = 256, FILES = 32 };

static char *word[WORDS];
static size_t length[WORDS];
static int file[FILES];
static int files;

static long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 0);
    if (*text == 0 || *end != 0) {
        printf("not a number: %s\n", text);
        exit(2);
    }
    return value;
}

/* A flag by its name, or several joined by "|". */
static long flags(char *text) {
    static const struct { const char *name; long value; } known[] = {
        {"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_CREAT", O_CREAT}, {"O_EXCL", O_EXCL},
        {"O_TRUNC", O_TRUNC}, {"O_APPEND", O_APPEND}, {"O_DIRECTORY", O_DIRECTORY}, {"O_NOFOLLOW", O_NOFOLLOW},
        {"O_NONBLOCK", O_NONBLOCK}, {"O_SYNC", O_SYNC}, {"O_PATH", O_PATH}, {"O_TMPFILE", O_TMPFILE},
        {"SEEK_SET", SEEK_SET}, {"SEEK_CUR", SEEK_CUR}, {"SEEK_END", SEEK_END}, {"SEEK_DATA", SEEK_DATA}, {"SEEK_HOLE", SEEK_HOLE},
        {"KEEP_SIZE", FALLOC_FL_KEEP_SIZE}, {"PUNCH_HOLE", FALLOC_FL_PUNCH_HOLE}, {"ZERO_RANGE", FALLOC_FL_ZERO_RANGE},
        {"NOREPLACE", RENAME_NOREPLACE}, {"EXCHANGE", RENAME_EXCHANGE}, {"XATTR_CREATE", XATTR_CREATE},
        {"XATTR_REPLACE", XATTR_REPLACE}, {"R_OK", R_OK}, {"W_OK", W_OK}, {"X_OK", X_OK}, {"F_OK", F_OK}, {"0", 0}};
    long value = 0;
    for (char *part = strtok(text, "|"); part != NULL; part = strtok(NULL, "|")) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i].name, part) != 0) {
            i++;
        }
        if (i == sizeof known / sizeof *known) {
            printf("not a flag: %s\n", part);
            exit(2);
        }
        value |= known[i].value;
    }
    return value;
}

static int opened(const char *text) {
    long slot = number(text);
    return slot >= 0 && slot < files ? file[slot] : -1;
}

/* SECONDS.NANOSECONDS, "now" or "omit". */
static struct timespec time_of(char *text) {
    struct timespec time = {0, 0};
    if (strcmp(text, "now") == 0) {
        time.tv_nsec = UTIME_NOW;
    } else if (strcmp(text, "omit") == 0) {
        time.tv_nsec = UTIME_OMIT;
    } else {
        char *dot = strchr(text, '.');
        *dot = 0;
        time.tv_sec = number(text);
        time.tv_nsec = strtol(dot + 1, NULL, 10);
    }
    return time;
}

static void print_errno(void) {
    const char *name = strerrorname_np(errno);
    printf("%s", name == NULL ? "unknown" : name);
}

static void print_result(long result) {
    if (result < 0) {
        print_errno();
    } else {
        printf("%ld", result);
    }
}

static void print_bytes(const char *bytes, long count) {
    if (count < 0) {
        print_errno();
        return;
    }
    printf("=");
    for (long i = 0; i < count; i++) {
        unsigned char byte = (unsigned char) bytes[i];
        if (byte > ' ' && byte < 127 && byte != '%' && byte != ';') {
            printf("%c", byte);
        } else {
            printf("%%%02X", byte);
        }
    }
}

static void print_stat(int result, const struct stat *s) {
    static const char types[] = "?pc?d?b?-?l?s???";
    if (result < 0) {
        print_errno();
        return;
    }
    printf("type=%c mode=%04o nlink=%lu uid=%u gid=%u size=%lld blocks=%lld ino=%lu major=%u minor=%u"
           " atime=%lld.%09ld mtime=%lld.%09ld ctime=%lld.%09ld",
           types[s->st_mode >> 12], s->st_mode & 07777, (unsigned long) s->st_nlink, s->st_uid, s->st_gid,
           (long long) s->st_size, (long long) s->st_blocks, (unsigned long) s->st_ino, major(s->st_rdev), minor(s->st_rdev),
           (long long) s->st_atim.tv_sec, s->st_atim.tv_nsec, (long long) s->st_mtim.tv_sec, s->st_mtim.tv_nsec,
           (long long) s->st_ctim.tv_sec, s->st_ctim.tv_nsec);
}

static int later(struct timespec a, struct timespec b) {
    return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* Changes a file until the clock of its filesystem has gone on. */
static int tick(const char *path) {
    struct stat before, now;
    if (chmod(path, 0600) < 0 || stat(path, &before) < 0) {
        return -1;
    }
    do {
        if (chmod(path, 0600) < 0 || stat(path, &now) < 0) {
            return -1;
        }
    } while (!later(now.st_ctim, before.st_ctim));
    return 0;
}

static int bind_socket(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (s < 0) {
        return -1;
    }
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int result = bind(s, (struct sockaddr *) &address, sizeof address);
    int reason = errno;
    close(s);
    errno = reason;
    return result;
}

static int make_node(char **a) {
    mode_t type = *a[1] == 'c' ? S_IFCHR : *a[1] == 'b' ? S_IFBLK : *a[1] == 'p' ? S_IFIFO : *a[1] == 's' ? S_IFSOCK : S_IFREG;
    return mknod(a[0], type | (mode_t) number(a[2]), makedev((unsigned) number(a[3]), (unsigned) number(a[4])));
}

static void list(const char *path) {
    DIR *directory = opendir(path);
    if (directory == NULL) {
        print_errno();
        return;
    }
    printf("=");
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            printf("/%s", entry->d_name);
        }
    }
    closedir(directory);
}

static void open_file(char **a, int count) {
    int fd = open(a[0], (int) flags(a[1]), count > 2 ? (mode_t) number(a[2]) : 0);
    if (fd < 0) {
        print_errno();
    } else {
        file[files] = fd;
        printf("%d", files++);
    }
}

static void call(const char *name, char **a, int count) {
    static char buffer[1 << 20];
    struct stat s;
    struct statvfs v;
    struct timespec times[2];
    const size_t *bytes = length + (a - word);
#define IS(text, arguments) (strcmp(name, text) == 0 && count == (arguments))
    if (IS("open", 2) || IS("open", 3)) open_file(a, count);
    else if (IS("close", 1)) print_result(close(opened(a[0])));
    else if (IS("mkdir", 2)) print_result(mkdir(a[0], (mode_t) number(a[1])));
    else if (IS("rmdir", 1)) print_result(rmdir(a[0]));
    else if (IS("unlink", 1)) print_result(unlink(a[0]));
    else if (IS("unlinkat", 2)) print_result(unlinkat(opened(a[0]), a[1], 0));
    else if (IS("link", 2)) print_result(link(a[0], a[1]));
    else if (IS("linkat", 2)) print_result(linkat(opened(a[0]), "", AT_FDCWD, a[1], AT_EMPTY_PATH));
    else if (IS("symlink", 2)) print_result(symlink(a[0], a[1]));
    else if (IS("readlink", 1)) print_bytes(buffer, readlink(a[0], buffer, sizeof buffer));
    else if (IS("rename", 2)) print_result(rename(a[0], a[1]));
    else if (IS("renameat2", 3)) print_result(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], (unsigned) flags(a[2])));
    else if (IS("mkfifo", 2)) print_result(mkfifo(a[0], (mode_t) number(a[1])));
    else if (IS("mknod", 5)) print_result(make_node(a));
    else if (IS("bind", 1)) print_result(bind_socket(a[0]));
    else if (IS("chmod", 2)) print_result(chmod(a[0], (mode_t) number(a[1])));
    else if (IS("fchmod", 2)) print_result(fchmod(opened(a[0]), (mode_t) number(a[1])));
    else if (IS("chown", 3)) print_result(chown(a[0], (uid_t) number(a[1]), (gid_t) number(a[2])));
    else if (IS("lchown", 3)) print_result(lchown(a[0], (uid_t) number(a[1]), (gid_t) number(a[2])));
    else if (IS("fchown", 3)) print_result(fchown(opened(a[0]), (uid_t) number(a[1]), (gid_t) number(a[2])));
    else if (IS("truncate", 2)) print_result(truncate(a[0], number(a[1])));
    else if (IS("ftruncate", 2)) print_result(ftruncate(opened(a[0]), number(a[1])));
    else if (IS("utimens", 3) || IS("lutimens", 3)) {
        times[0] = time_of(a[1]);
        times[1] = time_of(a[2]);
        print_result(utimensat(AT_FDCWD, a[0], times, *name == 'l' ? AT_SYMLINK_NOFOLLOW : 0));
    } else if (IS("futimens", 3)) {
        times[0] = time_of(a[1]);
        times[1] = time_of(a[2]);
        print_result(futimens(opened(a[0]), times));
    } else if (IS("touch", 1)) print_result(utimensat(AT_FDCWD, a[0], NULL, 0));
    else if (IS("fallocate", 4)) print_result(fallocate(opened(a[0]), (int) flags(a[1]), number(a[2]), number(a[3])));
    else if (IS("posix_fallocate", 3)) {
        errno = posix_fallocate(opened(a[0]), number(a[1]), number(a[2]));
        print_result(errno == 0 ? 0 : -1);
    } else if (IS("pwrite", 3)) print_result(pwrite(opened(a[0]), a[2], bytes[2], number(a[1])));
    else if (IS("write", 2)) print_result(write(opened(a[0]), a[1], bytes[1]));
    else if (IS("pread", 3)) print_bytes(buffer, pread(opened(a[0]), buffer, (size_t) number(a[2]), number(a[1])));
    else if (IS("lseek", 3)) print_result(lseek(opened(a[0]), number(a[1]), (int) flags(a[2])));
    else if (IS("fsync", 1)) print_result(fsync(opened(a[0])));
    else if (IS("stat", 1)) print_stat(stat(a[0], &s), &s);
    else if (IS("lstat", 1)) print_stat(lstat(a[0], &s), &s);
    else if (IS("fstat", 1)) print_stat(fstat(opened(a[0]), &s), &s);
    else if (IS("access", 2)) print_result(faccessat(AT_FDCWD, a[0], (int) flags(a[1]), AT_EACCESS));
    else if (IS("chdir", 1)) print_result(chdir(a[0]));
    else if (IS("list", 1)) list(a[0]);
    else if (IS("setxattr", 4)) print_result(setxattr(a[0], a[1], a[2], bytes[2], (int) flags(a[3])));
    else if (IS("getxattr", 2)) print_bytes(buffer, getxattr(a[0], a[1], buffer, 65536));
    else if (IS("listxattr", 1)) print_bytes(buffer, listxattr(a[0], buffer, 65536));
    else if (IS("removexattr", 2)) print_result(removexattr(a[0], a[1]));
    else if (IS("statvfs", 1)) {
        if (statvfs(a[0], &v) < 0) print_errno();
        else printf("namemax=%lu bsize=%lu", v.f_namemax, v.f_bsize);
    } else if (IS("tick", 1)) print_result(tick(a[0]));
    else {
        printf("no such call: %s with %d arguments\n", name, count);
        exit(2);
    }
}

static void become(void) {
    gid_t groups[64];
    size_t count = 0;
    if (strcmp(word[3], "-") != 0) {
        for (char *group = strtok(word[3], ","); group != NULL && count < 64; group = strtok(NULL, ",")) {
            groups[count++] = (gid_t) number(group);
        }
    }
    gid_t gid = (gid_t) number(word[2]);
    uid_t uid = (uid_t) number(word[1]);
    umask((mode_t) number(word[4]));
    if (chdir(word[0]) < 0 || setgroups(count, groups) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) {
        printf("cannot become user %s in %s: ", word[1], word[0]);
        print_errno();
        printf("\n");
        exit(2);
    }
}

static size_t decode(char *text) {
    char *to = text;
    for (char *from = text; *from != 0; from++) {
        char digits[3] = {0, 0, 0};
        if (*from == '%' && from[1] != 0) {
            digits[0] = from[1];
            digits[1] = from[2];
            *to++ = (char) strtol(digits, NULL, 16);
            from += 2;
        } else if (*from != '%') {
            *to++ = *from;
        }
    }
    *to = 0;
    return (size_t) (to - text);
}

static void run(int count) {
    become();
    for (int first = 5; first < count; ) {
        int last = first;
        while (last < count && strcmp(word[last], ";") != 0) {
            last++;
        }
        for (int i = first + 1; i < last; i++) {
            length[i] = decode(word[i]);
        }
        call(word[first], word + first + 1, last - first - 1);
        printf(last < count ? " ; " : "\n");
        first = last + 1;
    }
    exit(0);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        int count = 0;
        for (char *text = strtok(line, " \n"); text != NULL && count < WORDS; text = strtok(NULL, " \n")) {
            word[count++] = text;
        }
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            run(count);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) < 0) {
            return 1;
        }
        if (!WIFEXITED(status)) {
            printf("killed by signal %d\n", WTERMSIG(status));
            fflush(stdout);
        }
    }
    return 0;
}
