/*
 * mapping FILE LENGTH: maps a file, shared, to read and write, and does what it is told, a line each; answers with a line each, "ok", a text, or "error ERRNO".
 *
 *   put OFFSET TEXT    writes through the mapping, and msyncs
 *   get OFFSET LENGTH  reads through the mapping that was made at the beginning
 *   fresh OFFSET LENGTH  reads through a mapping made now
 *   read OFFSET LENGTH  reads with pread
 *   write OFFSET TEXT  writes with pwrite
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char line[70000], text[65600];

static void answer(int good, const char *with) {
    if (good) {
        printf("%s\n", with);
    } else {
        printf("error %d\n", errno);
    }
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 3) {
        return 2;
    }
    size_t length = strtoul(arguments[2], NULL, 10);
    int file = open(arguments[1], O_RDWR);
    char *map = file < 0 ? MAP_FAILED : mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    answer(map != MAP_FAILED, "ok");
    if (map == MAP_FAILED) {
        return 1;
    }
    while (fgets(line, sizeof line, stdin)) {
        char verb[16];
        long offset;
        if (sscanf(line, "%15s %ld %65535s", verb, &offset, text) != 3) {
            return 2;
        }
        long size = strtol(text, NULL, 10);
        if (!strcmp(verb, "put")) {
            memcpy(map + offset, text, strlen(text));
            answer(msync(map, length, MS_SYNC) == 0, "ok");
        } else if (!strcmp(verb, "write")) {
            answer(pwrite(file, text, strlen(text), offset) == (ssize_t) strlen(text), "ok");
        } else if (!strcmp(verb, "get")) {
            memcpy(text, map + offset, size);
            text[size] = 0;
            answer(1, text);
        } else if (!strcmp(verb, "fresh")) {
            char *fresh = mmap(NULL, length, PROT_READ, MAP_SHARED, file, 0);
            if (fresh != MAP_FAILED) {
                memcpy(text, fresh + offset, size);
                text[size] = 0;
                munmap(fresh, length);
            }
            answer(fresh != MAP_FAILED, text);
        } else if (!strcmp(verb, "read")) {
            ssize_t got = pread(file, text, size, offset);
            text[got < 0 ? 0 : got] = 0;
            answer(got == size, text);
        } else {
            return 2;
        }
    }
    return 0;
}
