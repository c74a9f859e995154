package magma.testkit.fs;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.XattrName;

/**
 * A random history of operations: few names and few directories, so that they meet. Where fs-api leaves a result open, no such
 * case is drawn: set-group-id comes with group execution only.
 */
final class ModelOperations {
    private static final Caller[] CALLERS = {
        Caller.ROOT,
        Caller.ROOT,
        Caller.ROOT,
        FileSystemConformance.ALICE,
        FileSystemConformance.BOB,
        Caller.of(1003, 2001, Set.of(), 027)
    };
    private static final int[] MODES = {0777, 0755, 0750, 0700, 0644, 0600, 0, 01777, 02775, 04755, 06777};
    private static final String[] NAMES = {"a", "b", "c", "d", "e", "f", "g", "h"};
    private static final FlareType[] NODES = {
        FlareType.FILE, FlareType.FIFO, FlareType.SOCKET, FlareType.CHARACTER_DEVICE, FlareType.BLOCK_DEVICE
    };
    private static final int MOST_OPEN = 20;

    private final Random random;
    private final ModelSide model;
    private final List<Integer> directories = new ArrayList<>(List.of(0));
    private final List<Integer> others = new ArrayList<>(List.of(0));
    private final List<Integer> open = new ArrayList<>();
    private int made;

    /** @param model where it is looked up what there is, so that most operations meet something */
    ModelOperations(long seed, ModelSide model) {
        random = new Random(seed);
        this.model = model;
    }

    /** Forgets what was open. */
    void crashed() {
        open.clear();
    }

    ModelOperation next() throws FsException {
        int kind = random.nextInt(100);
        if (kind < 32) {
            return making(kind);
        }
        if (kind < 55) {
            return naming(kind);
        }
        return kind < 78 ? attributes(kind) : content(kind);
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private Caller caller() {
        return pick(CALLERS);
    }

    private int mode() {
        return MODES[random.nextInt(MODES.length)];
    }

    private Name name() {
        return FileSystemConformance.name(pick(NAMES));
    }

    /** Mostly a name that is in the directory. */
    private Name standing(int directory) throws FsException {
        List<Name> names = model.names(directory);
        return names.isEmpty() || random.nextInt(8) == 0 ? name() : names.get(random.nextInt(names.size()));
    }

    /** Mostly one that is still there. */
    private int one(List<Integer> numbers) {
        if (random.nextInt(16) > 0) {
            numbers.removeIf(number -> !model.isThere(number));
        }
        return numbers.isEmpty() ? 0 : numbers.get(random.nextInt(numbers.size()));
    }

    private int directory() {
        return random.nextInt(4) == 0 ? 0 : one(directories);
    }

    private int flare() {
        return random.nextInt(4) == 0 ? one(directories) : one(others);
    }

    private ModelOperation making(int kind) {
        Caller caller = caller();
        int directory = directory();
        Name name = name();
        int mode = mode();
        int number = ++made;
        String where = " #" + number + " by " + caller + " as " + name + " in #" + directory;
        if (kind < 10) {
            directories.add(number);
            return new ModelOperation(
                    "mkdir" + where + String.format(" %o", mode & 01777),
                    side -> known(
                            side, number, side.fs().makeDirectory(caller, side.key(directory), name, mode & 01777)));
        }
        others.add(number);
        if (kind < 14) {
            byte[] target = FileSystemConformance.bytes("target" + number);
            return new ModelOperation(
                    "symlink" + where,
                    side -> known(side, number, side.fs().symlink(caller, side.key(directory), name, target)));
        }
        if (kind < 20) {
            FlareType type = pick(NODES);
            return new ModelOperation(
                    "mknod " + type + where + String.format(" %o", mode),
                    side -> known(
                            side, number, side.fs().makeNode(caller, side.key(directory), name, type, mode, number)));
        }
        boolean exclusive = random.nextBoolean();
        boolean keepOpen = open.size() < MOST_OPEN && random.nextInt(3) == 0;
        if (keepOpen) {
            open.add(number);
        }
        return new ModelOperation(
                (exclusive ? "create exclusively" : "create") + where + String.format(" %o", mode),
                side -> create(side, caller, directory, name, mode, exclusive, number, keepOpen));
    }

    private static String known(ModelSide side, int number, Attributes attributes) {
        side.know(number, attributes.key());
        return side.describe(attributes);
    }

    private static String create(
            ModelSide side,
            Caller caller,
            int directory,
            Name name,
            int mode,
            boolean exclusive,
            int number,
            boolean keepOpen)
            throws FsException {
        Set<OpenOption> options = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
        FileSystem.Created created = side.fs().create(caller, side.key(directory), name, mode, exclusive, options);
        if (created.isNew()) {
            side.know(number, created.attributes().key());
        }
        if (keepOpen) {
            side.open(number, created.file());
        } else {
            created.file().close();
        }
        return created.isNew() + side.describe(created.attributes());
    }

    private ModelOperation naming(int kind) throws FsException {
        Caller caller = caller();
        int from = directory();
        Name name = standing(from);
        String what = " by " + caller + ": " + name + " of #" + from;
        if (kind < 37) {
            return acting("unlink" + what, side -> side.fs().unlink(caller, side.key(from), name));
        }
        if (kind < 42) {
            return acting("rmdir" + what, side -> side.fs().removeDirectory(caller, side.key(from), name));
        }
        int to = directory();
        Name other = random.nextBoolean() ? name() : standing(to);
        if (kind < 50) {
            RenameMode mode = pick(RenameMode.values());
            return acting(
                    "rename " + mode + what + " to " + other + " of #" + to,
                    side -> side.fs().rename(caller, side.key(from), name, side.key(to), other, mode));
        }
        int flare = flare();
        Name link = name();
        return new ModelOperation(
                "link #" + flare + " as " + link + " in #" + from + " by " + caller,
                side -> side.describe(side.fs().link(caller, side.key(flare), side.key(from), link)));
    }

    /** An operation with no result but whether it is done. */
    @FunctionalInterface
    private interface Deed {
        void run(ModelSide side) throws FsException;
    }

    private static ModelOperation acting(String text, Deed deed) {
        return new ModelOperation(text, side -> {
            deed.run(side);
            return "done";
        });
    }

    private ModelOperation attributes(int kind) {
        Caller caller = caller();
        int flare = flare();
        int mode = mode();
        String what = " of #" + flare + " by " + caller;
        if (kind < 61) {
            return new ModelOperation(
                    String.format("chmod %o", mode) + what,
                    side -> setting(side, caller, flare, AttributeChanges.mode(mode)));
        }
        if (kind < 65) {
            int uid = pick(CALLERS).uid();
            int gid = random.nextBoolean() ? 3000 : 2001;
            AttributeChanges changes = AttributeChanges.owner(random.nextInt(3) == 0 ? uid : null, gid);
            return new ModelOperation(
                    "chown " + changes.uid() + ":" + gid + what, side -> setting(side, caller, flare, changes));
        }
        if (kind < 68) {
            AttributeChanges changes = AttributeChanges.size(random.nextInt(200_000));
            return new ModelOperation(
                    "truncate to " + changes.size() + what, side -> setting(side, caller, flare, changes));
        }
        if (kind < 70) {
            AccessMode wanted = pick(AccessMode.values());
            return acting("access " + wanted + what, side -> side.fs().access(caller, side.key(flare), Set.of(wanted)));
        }
        if (kind < 74) {
            XattrName name = new XattrName(random.nextInt(4) == 0 ? "trusted.x" : "user." + name());
            byte[] value = new byte[random.nextInt(10)];
            Arrays.fill(value, (byte) kind);
            XattrMode xattrMode = pick(XattrMode.values());
            return acting(
                    "xattr " + xattrMode + " " + name.text() + " of " + value.length + what,
                    side -> side.xattr(caller, side.key(flare), name, value, xattrMode));
        }
        Acl.Kind aclKind = pick(Acl.Kind.values());
        Acl acl = acl();
        return new ModelOperation("set " + aclKind + " list " + acl.entries() + what, side -> {
            Key key = side.key(flare);
            side.fs().setAcl(caller, key, aclKind, acl);
            return side.describe(side.fs().getAttributes(key))
                    + side.fs().getAcl(key, aclKind).map(Acl::entries);
        });
    }

    private static String setting(ModelSide side, Caller caller, int flare, AttributeChanges changes)
            throws FsException {
        return side.describe(side.fs().setAttributes(caller, side.key(flare), changes, null));
    }

    private Acl acl() {
        List<Acl.Entry> entries =
                new ArrayList<>(Acl.ofMode(random.nextInt(01000)).entries());
        if (random.nextBoolean()) {
            entries.add(new Acl.Entry(Acl.Tag.USER, caller().uid(), random.nextInt(8)));
            entries.add(new Acl.Entry(Acl.Tag.GROUP, 3000, random.nextInt(8)));
            entries.add(new Acl.Entry(Acl.Tag.MASK, -1, random.nextInt(8)));
        }
        return new Acl(entries);
    }

    private ModelOperation content(int kind) throws FsException {
        open.removeIf(number -> !model.isOpen(number));
        if (kind < 84 || open.isEmpty()) {
            return looking();
        }
        int file = open.get(random.nextInt(open.size()));
        Caller caller = caller();
        int offset = random.nextInt(150_000);
        int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 500);
        String what = " open #" + file + " by " + caller + ": " + length + " at " + offset;
        if (kind < 87) {
            open.remove((Integer) file);
            return onOpen("close" + what, file, side -> {
                side.close(file);
                return "closed";
            });
        }
        if (kind < 93) {
            byte[] data = new byte[length];
            random.nextBytes(data);
            boolean append = random.nextInt(4) == 0;
            return onOpen((append ? "append to" : "write to") + what, file, side -> {
                OpenFile opened = side.file(file);
                long result = append
                        ? opened.append(caller, ByteBuffer.wrap(data))
                        : opened.write(caller, ByteBuffer.wrap(data), offset);
                return result + side.describe(side.fs().getAttributes(opened.flare()));
            });
        }
        if (kind < 96) {
            boolean punch = random.nextBoolean();
            return onOpen((punch ? "punch" : "allocate") + what, file, side -> {
                OpenFile opened = side.file(file);
                if (punch) {
                    opened.punch(caller, offset, length);
                } else {
                    opened.allocate(caller, offset, length, length % 2 == 0);
                }
                return side.content(file) + side.describe(side.fs().getAttributes(opened.flare()));
            });
        }
        int to = open.get(random.nextInt(open.size()));
        return onOpen("copy to #" + to + " at " + offset / 2 + what, file, side -> {
            if (!side.isOpen(to)) {
                return "not open";
            }
            return side.file(file).copyRange(caller, offset / 2, side.file(to), offset, length) + side.content(to);
        });
    }

    private static ModelOperation onOpen(String text, int file, ModelOperation.Act act) {
        return new ModelOperation(text, side -> side.isOpen(file) ? act.run(side) : "not open");
    }

    private ModelOperation looking() throws FsException {
        Caller caller = caller();
        int directory = directory();
        Name name = standing(directory);
        return switch (random.nextInt(4)) {
            case 0 ->
                new ModelOperation(
                        "list #" + directory + " by " + caller, side -> side.list(caller, side.key(directory)));
            case 1 ->
                new ModelOperation(
                        "parent of #" + directory, side -> side.number(side.fs().parent(side.key(directory))));
            case 2 -> {
                int flare = flare();
                yield new ModelOperation(
                        "stat #" + flare, side -> side.describe(side.fs().getAttributes(side.key(flare))));
            }
            default ->
                new ModelOperation(
                        "look up " + name + " in #" + directory + " by " + caller,
                        side -> side.describe(side.fs().lookup(caller, side.key(directory), name)));
        };
    }
}
