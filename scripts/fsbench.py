#!/usr/bin/env python3
"""Measures what users of a filesystem feel, on the raw disk, on bindfs and on Magma, one after another, and prints one table.

docs/benchmarks.md says what each figure means. Needs python3, fio, git, tar, bindfs, and root (to empty the kernel's caches).
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MIB = 1 << 20

# Figure -> (compared with, ratio that is wanted at least). A ratio above 1 is better than what it is compared with, whatever the unit.
WANTED = {
    "sequential write + fsync": ("raw", 0.4),
    "sequential read, cold": ("raw", 0.5),
    "create 4 KiB files, 1 worker": ("bindfs", 0.7),
    "create 4 KiB files, 8 workers": ("bindfs", 0.7),
    "stat, cold": ("bindfs", 0.5),
    "ls -l, cold": ("bindfs", 1.0),
    "ls -l, warm": ("bindfs", 1.0),
    "untar": ("bindfs", 1 / 1.5),
    "git clone": ("bindfs", 1 / 1.5),
    "4 KiB random read, direct, 16 jobs": ("bindfs", 0.5),
    "4 KiB random write, direct, 16 jobs": ("bindfs", 0.5),
}


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def run(*command, cwd=None):
    """Runs a command to its end. Raises with what it said when it fails."""
    clean = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", LC_ALL="C",
                 GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
    done = subprocess.run(command, cwd=cwd, env=clean, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{command[0]} ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout


def seconds(work, *arguments):
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def empty_caches():
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w") as control:
        control.write("3\n")


def in_parallel(workers, work):
    """Seconds until the last of the processes is done that each run work(number)."""
    start = time.perf_counter()
    children = []
    try:
        for number in range(workers):
            child = os.fork()
            if child == 0:
                try:
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                    work(number)
                    os._exit(0)
                except BaseException as failure:
                    print(f"bench: worker {number}: {failure}", file=sys.stderr, flush=True)
                    os._exit(1)
            children.append(child)
        failed = 0
        while children:
            failed += os.waitpid(children[0], 0)[1] != 0
            del children[0]
    finally:
        # Only when this process is told to end: nobody may write any more when the tree is removed.
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
    if failed:
        raise OSError(f"{failed} of {workers} workers failed")
    return time.perf_counter() - start


def write_file(path, data, mode=0o644):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        if os.write(handle, data) != len(data):
            raise OSError("short write to " + path)
    finally:
        os.close(handle)


class Figures:
    """What was measured on one target: name -> (value, unit)."""

    def __init__(self):
        self.values = {}
        self.failures = []

    def put(self, name, unit, samples):
        value = statistics.median(samples)
        self.values[name] = (value, unit)
        say(f"  {name}: {shown(value)} {unit}")


class Workloads:
    """The workloads, in groups. Each group leaves its directory as it found it."""

    def __init__(self, root, material, quick, figures):
        self.root, self.material, self.quick, self.figures = root, material, quick, figures
        self.repeats = 1 if quick else 3

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def rate(self, name, count, samples, unit="/s"):
        self.figures.put(name, unit, [count / sample for sample in samples])

    # -- seq ---------------------------------------------------------------------------------------------------------

    def fill(self, path, mebibytes):
        block = os.urandom(MIB)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            for _ in range(mebibytes):
                left = memoryview(block)
                while left:
                    left = left[os.write(handle, left):]
            os.fsync(handle)
        finally:
            os.close(handle)

    def drain(self, path, expected):
        buffer, got = bytearray(MIB), 0
        with open(path, "rb", buffering=0) as file:
            while count := file.readinto(buffer):
                got += count
        if got != expected:
            raise OSError(f"{path} gave {got} bytes of {expected}")

    def seq(self):
        mebibytes = 128 if self.quick else 1024
        path, written, cold, warm = self.path("large"), [], [], []
        for _ in range(self.repeats):
            if os.path.exists(path):
                os.unlink(path)
            os.sync()
            written.append(seconds(self.fill, path, mebibytes))
        for _ in range(self.repeats):
            empty_caches()
            cold.append(seconds(self.drain, path, mebibytes * MIB))
            warm.append(seconds(self.drain, path, mebibytes * MIB))
        megabytes = mebibytes * MIB / 1e6
        self.rate("sequential write + fsync", megabytes, written, "MB/s")
        self.rate("sequential read, cold", megabytes, cold, "MB/s")
        self.rate("sequential read, warm", megabytes, warm, "MB/s")

    # -- rand --------------------------------------------------------------------------------------------------------

    def fio(self, kind, jobs, mebibytes):
        out = run("fio", "--name=bench", "--filename=" + self.path("random"), f"--size={mebibytes}M", "--bs=4k",
                  "--rw=" + kind, "--ioengine=psync", "--direct=1", f"--numjobs={jobs}", "--thread", "--group_reporting",
                  "--time_based", "--runtime=" + ("2" if self.quick else "8"), "--norandommap", "--fallocate=none",
                  "--overwrite=1", "--output-format=json")
        side = "read" if kind == "randread" else "write"
        return json.loads(out[out.index("{"):])["jobs"][0][side]["iops"]

    def rand(self):
        mebibytes = 128 if self.quick else 1024
        self.fill(self.path("random"), mebibytes)
        for kind, word in (("randread", "read"), ("randwrite", "write")):
            for jobs in (1, 16):
                empty_caches()
                iops = self.fio(kind, jobs, mebibytes)
                self.figures.put(f"4 KiB random {word}, direct, {jobs} job" + ("s" if jobs > 1 else ""), "/s", [iops])

    # -- append ------------------------------------------------------------------------------------------------------

    def append(self):
        data, took = os.urandom(4096), []
        handle = os.open(self.path("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            for _ in range(100 if self.quick else 1000):
                start = time.perf_counter()
                os.write(handle, data)
                os.fsync(handle)
                took.append((time.perf_counter() - start) * 1000)
        finally:
            os.close(handle)
        took.sort()
        self.figures.put("4 KiB append + fsync, median", "ms", took)
        self.figures.put("4 KiB append + fsync, 99 %", "ms", [took[len(took) * 99 // 100]])

    # -- small -------------------------------------------------------------------------------------------------------

    def small_tree(self, name, count, workers):
        """Makes count files of 4 KiB in 50 directories; returns their paths and the seconds that took."""
        directories = [self.path(name, f"dir{i}") for i in range(50)]
        for directory in directories:
            os.makedirs(directory)
        paths = [os.path.join(directories[i % 50], f"file{i}") for i in range(count)]
        data = os.urandom(4096)

        def work(number):
            for path in paths[number::workers]:
                write_file(path, data)

        return paths, in_parallel(workers, work)

    def small(self):
        count = 500 if self.quick else 5000
        trees = []
        for workers in (1, 8):
            took = []
            for repeat in range(self.repeats):
                paths, once = self.small_tree(f"small{workers}-{repeat}", count, workers)
                trees.append(paths)
                took.append(once)
            self.rate(f"create 4 KiB files, {workers} worker" + ("s" if workers > 1 else ""), count, took)

        def stat():
            for path in trees[0]:
                os.stat(path)

        def read():
            for path in trees[0]:
                with open(path, "rb", buffering=0) as file:
                    if len(file.read(8192)) != 4096:
                        raise OSError("short read of " + path)

        def unlink(paths):
            for path in paths:
                os.unlink(path)

        cold, warm, reads = [], [], []
        for _ in range(self.repeats):
            empty_caches()
            cold.append(seconds(stat))
            warm.append(seconds(stat))
            empty_caches()
            reads.append(seconds(read))
        self.rate("stat, cold", count, cold)
        self.rate("stat, warm", count, warm)
        self.rate("read 4 KiB files, cold", count, reads)
        self.rate("unlink", count, [seconds(unlink, paths) for paths in trees[:self.repeats]])

    # -- dir ---------------------------------------------------------------------------------------------------------

    def dir(self):
        count = 1000 if self.quick else 10000
        place, other = self.path("one"), self.path("other")
        os.mkdir(place)
        os.mkdir(other)

        def create(number):
            for i in range(number, count, 4):
                write_file(f"{place}/name{i}", b"")

        def long_list():
            lines = run("ls", "-l", place).count("\n")
            if lines != count + 1:
                raise OSError(f"ls -l printed {lines - 1} of {count} entries")

        def rename(source, target):
            for i in range(0, count, 5):
                os.rename(source(i), target(i))

        self.rate("create empty files, 4 workers, one directory", count, [in_parallel(4, create)])
        cold, warm = [], []
        for _ in range(self.repeats):
            empty_caches()
            cold.append(seconds(long_list))
            warm.append(seconds(long_list))
        self.figures.put("ls -l, cold", "s", cold)
        self.figures.put("ls -l, warm", "s", warm)
        moved = (count + 4) // 5
        self.rate("rename in a directory", moved,
                  [seconds(rename, lambda i: f"{place}/name{i}", lambda i: f"{place}/new{i}")])
        self.rate("rename to another directory", moved,
                  [seconds(rename, lambda i: f"{place}/new{i}", lambda i: f"{other}/new{i}")])

    # -- meta --------------------------------------------------------------------------------------------------------

    def meta(self):
        count = 200 if self.quick else 2000
        made, removed = [], []

        def each(call):
            for i in range(count):
                call(self.path(f"directory{i}"))

        for _ in range(self.repeats):
            made.append(seconds(each, os.mkdir))
            removed.append(seconds(each, os.rmdir))
        self.rate("mkdir", count, made)
        self.rate("rmdir", count, removed)

    # -- real --------------------------------------------------------------------------------------------------------

    def real(self):
        untarred, read, removed, cloned, status = [], [], [], [], []
        for repeat in range(self.repeats):
            tree, clone = self.path(f"tree{repeat}"), self.path(f"clone{repeat}")
            os.mkdir(tree)
            untarred.append(seconds(run, "tar", "-xf", self.material.tar, "-C", tree))
            empty_caches()
            # Through a pipe: tar does not read the files when it writes to /dev/null itself.
            read.append(seconds(run, "sh", "-c", 'tar -cf - -C "$0" . | cat > /dev/null', tree))
            removed.append(seconds(run, "rm", "-rf", tree))
            cloned.append(seconds(run, "git", "clone", "-q", "--no-hardlinks", self.material.repository, clone))
            status.append(seconds(run, "git", "-C", clone, "status", "--porcelain"))
            run("git", "-C", clone, "fsck", "--full")
            run("rm", "-rf", clone)
        for name, samples in (("untar", untarred), ("tar of the tree, cold", read), ("rm -rf of the tree", removed),
                              ("git clone", cloned), ("git status after it", status)):
            self.figures.put(name, "s", samples)


GROUPS = ("seq", "rand", "append", "small", "dir", "meta", "real")


class Material:
    """A tree of generated files, the same in every run: as an archive and as a git repository, on the local disk."""

    def __init__(self, directory, quick):
        import random
        chance = random.Random(1)
        source = os.path.join(directory, "source")
        for i in range(500 if quick else 5000):
            place = os.path.join(source, f"part{i % 12}", f"module{i % 97}")
            os.makedirs(place, exist_ok=True)
            size = int(min(300_000, chance.lognormvariate(8, 1.3)))
            line = chance.randbytes(60).hex() + "\n"
            write_file(os.path.join(place, f"file{i}.txt"), (line * (size // len(line) + 1))[:size].encode())
        self.tar = os.path.join(directory, "tree.tar")
        self.repository = source
        run("tar", "-cf", self.tar, "-C", source, ".")
        run("git", "init", "-q", source)
        run("git", "-C", source, "add", "-A")
        run("git", "-C", source, "-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "-m", "tree")
        run("git", "-C", source, "gc", "-q")


# -- targets -------------------------------------------------------------------------------------------------------------


def unmount(directory):
    if os.path.ismount(directory):
        for command in (("fusermount", "-u", directory), ("umount", directory), ("umount", "-l", directory)):
            try:
                run(*command)
                return
            except OSError as failure:
                say(f"{' '.join(command)}: {failure}")


def end_process(pid):
    """Ends a process that this run started, and waits for it."""
    for number, patience in ((signal.SIGTERM, 30), (signal.SIGKILL, 10)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not os.path.exists(f"/proc/{pid}"):
                return
            time.sleep(0.1)


class Raw:
    """A directory on the disk."""

    def __init__(self, base, _):
        self.base = base

    def start(self):
        place = os.path.join(self.base, "raw")
        os.mkdir(place)
        return place

    def stop(self):
        pass


class Bindfs:
    """The same disk behind a FUSE filesystem that only passes on: what FUSE allows at best."""

    def __init__(self, base, _):
        self.base, self.process = base, None
        self.mount = os.path.join(base, "bindfs")

    def start(self):
        source = os.path.join(self.base, "behind-bindfs")
        os.mkdir(source)
        os.mkdir(self.mount)
        self.process = subprocess.Popen(["bindfs", "-f", "-o", "big_writes", source, self.mount], stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not os.path.ismount(self.mount):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise OSError("bindfs did not mount")
            time.sleep(0.05)
        return self.mount

    def stop(self):
        unmount(self.mount)
        if self.process is not None:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.terminate()
                self.process.wait(10)


class Magma:
    """A network of one vulcano on the same disk, with default settings, mounted in the same process."""

    def __init__(self, base, launcher):
        self.launcher = launcher
        self.data, self.mount = os.path.join(base, "data"), os.path.join(base, "magma")

    def start(self):
        os.mkdir(self.mount)
        run(self.launcher, "start", "--data", self.data, "--create", "--listen", "127.0.0.1:0", "--daemon",
            "--mount", self.mount)
        if not os.path.ismount(self.mount):
            raise OSError(f"{self.mount} is not mounted; see {self.data}/vulcano.log")
        return self.mount

    def stop(self):
        pid = self.pid()
        if pid is not None:
            try:
                run(self.launcher, "stop", "--data", self.data)
            except OSError as failure:
                say(str(failure))
                end_process(pid)
        unmount(self.mount)

    def pid(self):
        try:
            with open(os.path.join(self.data, "vulcano.pid")) as file:
                return int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None


class Magma3:
    """A network of three vulcanos on the same disk and machine, so with three replicas of everything; mounted in the process of the first."""

    def __init__(self, base, launcher):
        self.launcher = launcher
        self.mount = os.path.join(base, "magma3")
        self.vulcanos = [Magma(os.path.join(base, f"vulcano{i}"), launcher) for i in (1, 2, 3)]

    def start(self):
        os.mkdir(self.mount)
        first = self.vulcanos[0]
        for vulcano in self.vulcanos:
            os.mkdir(os.path.dirname(vulcano.data))
        self.run("start", "--data", first.data, "--create", "--listen", "127.0.0.1:0", "--daemon", "--mount", self.mount)
        with open(os.path.join(first.data, "listen")) as file:
            address = file.read().strip()
        for vulcano in self.vulcanos[1:]:
            token = self.run("invite", "--connect", address).split()[-1]
            self.run("start", "--data", vulcano.data, "--token", token, "--listen", "127.0.0.1:0", "--daemon")
        deadline = time.monotonic() + 120
        while not self.is_whole(json.loads(self.run("lava", "--connect", address, "--json"))):
            if time.monotonic() > deadline:
                raise OSError("the three vulcanos are not in sync after two minutes")
            time.sleep(0.5)
        return self.mount

    @staticmethod
    def is_whole(lava):
        """Whether each slice has its three replicas in sync, and each vulcano its share to lead."""
        held = sum(one["primaries"] + one["backups"] for one in lava["vulcanos"])
        return held == 3 * lava["slices"] and all(one["primaries"] > 0 and one["behind"] == 0 for one in lava["vulcanos"])

    def run(self, *command):
        return run(self.launcher, *command)

    def stop(self):
        for vulcano in reversed(self.vulcanos):
            vulcano.stop()
        unmount(self.mount)


TARGETS = {"raw": Raw, "bindfs": Bindfs, "magma": Magma, "magma3": Magma3}


def measure(name, base, arguments, material):
    figures = Figures()
    target = TARGETS[name](base, arguments.magma)
    say(name)
    try:
        place = target.start()
        for group in arguments.only:
            root = os.path.join(place, "work")
            os.mkdir(root)
            try:
                getattr(Workloads(root, material, arguments.quick, figures), group)()
            except OSError as failure:
                figures.failures.append(f"{name}, {group}: {failure}")
                say(f"  {group} FAILED: {failure}")
            finally:
                shutil.rmtree(root)
    except OSError as failure:
        figures.failures.append(f"{name}: {failure}")
        say(f"  FAILED: {failure}")
    finally:
        target.stop()
    return figures


# -- table ---------------------------------------------------------------------------------------------------------------


def shown(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def ratio(results, figure, of, to):
    """How many times as good; None where either was not measured."""
    if of not in results or to not in results:
        return None
    one, other = results[of].values.get(figure), results[to].values.get(figure)
    if one is None or other is None or not one[0] or not other[0]:
        return None
    return other[0] / one[0] if one[1] in ("s", "ms") else one[0] / other[0]


def verdict(results, figure):
    """Of a figure: what is wanted and whether it is met; empty where nothing is wanted."""
    if figure not in WANTED:
        return "", None
    base, least = WANTED[figure]
    found = ratio(results, figure, "magma", base)
    if found is None:
        return f"{least:.2f} of {base}", None
    return f"{least:.2f} of {base}: " + ("met" if found >= least else "NOT MET"), found >= least


def table(results):
    names = list(results)
    figures = list(dict.fromkeys(figure for result in results.values() for figure in result.values))
    compared = [(one, base) for one in ("magma", "magma3") for base in ("raw", "bindfs") if base in results and one in results]
    rows = [["", "unit"] + names + [f"{one}/{base}" for one, base in compared] + ["wanted"]]
    for figure in figures:
        measured = [results[name].values.get(figure) for name in names]
        unit = next(value[1] for value in measured if value)
        ratios = [ratio(results, figure, one, base) for one, base in compared]
        rows.append([figure, unit] + [shown(value[0]) if value else "-" for value in measured]
                    + [f"{one:.2f}" if one else "-" for one in ratios] + [verdict(results, figure)[0]])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    last = len(widths) - 1
    for row in rows:
        print("  ".join(cell.ljust(width) if i < 2 or i == last else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def as_json(results, arguments):
    return {
        "quick": arguments.quick,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "targets": {name: {figure: {"value": value, "unit": unit} for figure, (value, unit) in result.values.items()}
                    for name, result in results.items()},
        "wanted": {figure: {"of": base, "ratio": least, "found": ratio(results, figure, "magma", base),
                            "met": verdict(results, figure)[1]} for figure, (base, least) in WANTED.items()},
        "failures": [failure for result in results.values() for failure in result.failures],
    }


def chosen(possible):
    def parse(text):
        names = text.split(",")
        wrong = [name for name in names if name not in possible]
        if wrong:
            raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(possible)}")
        return [name for name in possible if name in names]
    return parse


def arguments_of(command):
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures Magma beside the raw disk and bindfs.")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, once: shows that it runs, not how fast")
    parser.add_argument("--only", type=chosen(GROUPS), default=list(GROUPS), metavar="GROUP,...",
                        help="of " + ", ".join(GROUPS))
    parser.add_argument("--targets", type=chosen(tuple(TARGETS)), default=list(TARGETS), metavar="TARGET,...",
                        help="of " + ", ".join(TARGETS))
    parser.add_argument("--json", metavar="FILE", help="also write all figures there")
    parser.add_argument("--dir", default=os.path.join(HOME, "target"), help="where on the disk to measure (default: target/)")
    parser.add_argument("--magma", default=os.path.join(HOME, "magma"), help="the launcher (default: this checkout's)")
    return parser.parse_args(command)


def check_needs(arguments):
    needed = {"bindfs": "bindfs" in arguments.targets, "fio": "rand" in arguments.only, "git": True, "tar": True}
    missing = [program for program, wanted in needed.items() if wanted and shutil.which(program) is None]
    if missing:
        sys.exit(f"bench: {', '.join(missing)} missing: apt-get install {' '.join(missing)}")
    if not os.access("/proc/sys/vm/drop_caches", os.W_OK):
        sys.exit("bench: only root can empty the kernel's caches, which the cold figures need: run it as root")
    load = os.getloadavg()[0]
    if load > os.cpu_count() / 2 and not arguments.quick:
        say(f"the load of this machine is {load:.1f}: figures will be lower than they should be, and ratios doubtful")


def main():
    arguments = arguments_of(sys.argv[1:])
    check_needs(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    os.makedirs(arguments.dir, exist_ok=True)
    if {"magma", "magma3"} & set(arguments.targets):
        try:
            run(arguments.magma, "version")  # Builds it where that is needed, before anything is measured.
        except OSError as failure:
            sys.exit(f"bench: {arguments.magma} does not run: {failure}")
    base = tempfile.mkdtemp(prefix="bench.", dir=arguments.dir)
    os.environ["XDG_CONFIG_HOME"] = os.path.join(base, "config")  # The identities of the networks that are made go with them.
    results = {}
    try:
        material = Material(base, arguments.quick) if "real" in arguments.only else None
        for name in arguments.targets:
            results[name] = measure(name, base, arguments, material)
    finally:
        mounted = [os.path.join(base, name) for name in ("bindfs", "magma", "magma3") if os.path.ismount(os.path.join(base, name))]
        if mounted:
            say(f"{', '.join(mounted)} is still mounted; unmount it, then remove {base}")
        else:
            shutil.rmtree(base)
    table(results)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(as_json(results, arguments), file, indent=2)
            file.write("\n")
    failures = [failure for result in results.values() for failure in result.failures]
    for failure in failures:
        print("FAILED: " + failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
