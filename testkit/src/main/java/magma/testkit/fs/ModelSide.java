package magma.testkit.fs;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import magma.fs.Acl;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.XattrName;

/**
 * One of two filesystems to which the same is done. Flares and open files go by numbers, which are the same on both sides: a
 * flare's is that of the operation that made it.
 */
final class ModelSide {
    private final Map<Integer, Key> keys = new HashMap<>();
    private final Map<Key, Integer> numbers = new HashMap<>();
    private final Map<Integer, OpenFile> files = new HashMap<>();
    private FileSystem fs;

    ModelSide(FileSystem fs, Key top) {
        this.fs = fs;
        know(0, top);
    }

    FileSystem fs() {
        return fs;
    }

    /** Goes on with a new session; what was open is lost. */
    void session(FileSystem session) {
        fs = session;
        files.clear();
    }

    /** The key of a flare that some operation made; one that leads nowhere when that operation failed. */
    Key key(int number) {
        return keys.getOrDefault(number, new Key(0, 0, number));
    }

    void know(int number, Key key) {
        keys.put(number, key);
        numbers.put(key, number);
    }

    boolean isThere(int number) {
        try {
            fs.getAttributes(key(number));
            return true;
        } catch (FsException e) {
            return false;
        }
    }

    /** What is in a directory; nothing when it is gone. */
    List<Name> names(int directory) throws FsException {
        if (!isThere(directory)) {
            return List.of();
        }
        try (OpenDirectory opened = fs.openDirectory(Caller.ROOT, key(directory))) {
            return opened.list(OpenDirectory.START, 1_000, false).entries().stream()
                    .map(OpenDirectory.Entry::name)
                    .toList();
        }
    }

    String number(Key key) {
        Integer number = numbers.get(key);
        return number == null ? "#?" : "#" + number;
    }

    /** What both sides must agree on: all but times, and sizes other than those of content. */
    String describe(Attributes attributes) {
        boolean sized = attributes.type() == FlareType.FILE || attributes.type() == FlareType.SYMLINK;
        return number(attributes.key())
                + String.format(
                        " %s %04o links %d uid %d gid %d size %d device %x",
                        attributes.type(),
                        attributes.mode(),
                        attributes.links(),
                        attributes.uid(),
                        attributes.gid(),
                        sized ? attributes.size() : 0,
                        attributes.device());
    }

    void open(int number, OpenFile file) {
        files.put(number, file);
    }

    boolean isOpen(int number) {
        return files.containsKey(number);
    }

    OpenFile file(int number) {
        OpenFile file = files.get(number);
        if (file == null) {
            throw new IllegalStateException("nothing is open as " + number);
        }
        return file;
    }

    void close(int number) throws FsException {
        file(number).close();
        files.remove(number);
    }

    String content(int number) throws FsException {
        OpenFile file = file(number);
        long size = fs.getAttributes(file.flare()).size();
        return content(file, size);
    }

    private static String content(OpenFile file, long size) throws FsException {
        byte[] content = new byte[Math.toIntExact(size)];
        int count = file.read(ByteBuffer.wrap(content), 0);
        return count + " bytes, hash " + Arrays.hashCode(content);
    }

    String list(Caller caller, Key directory) throws FsException {
        TreeMap<String, String> listed = new TreeMap<>();
        try (OpenDirectory opened = fs.openDirectory(caller, directory)) {
            long cookie = OpenDirectory.START;
            OpenDirectory.Page page;
            do {
                page = opened.list(cookie, 5, true);
                for (OpenDirectory.Entry entry : page.entries()) {
                    Attributes attributes = entry.attributes();
                    listed.put(entry.name().toString(), attributes == null ? "gone" : describe(attributes));
                    cookie = entry.cookie();
                }
            } while (!page.end());
        }
        return listed.toString();
    }

    /** All of the tree below {@code directory}: a line for each path. */
    void walk(String path, Key directory, Map<String, String> lines) throws FsException {
        try (OpenDirectory opened = fs.openDirectory(Caller.ROOT, directory)) {
            for (OpenDirectory.Entry entry :
                    opened.list(OpenDirectory.START, 1_000, false).entries()) {
                String below = path + "/" + entry.name();
                lines.put(below, line(entry.flare()));
                if (entry.type() == FlareType.DIRECTORY) {
                    walk(below, entry.flare(), lines);
                }
            }
        }
    }

    private String line(Key key) throws FsException {
        Attributes attributes = fs.getAttributes(key);
        StringBuilder line = new StringBuilder(describe(attributes));
        for (XattrName name : fs.listXattrs(Caller.ROOT, key)) {
            byte[] value = fs.getXattr(Caller.ROOT, key, name);
            line.append(' ').append(name.text()).append('=').append(Arrays.hashCode(value));
        }
        if (attributes.type() != FlareType.SYMLINK) {
            for (Acl.Kind kind : Acl.Kind.values()) {
                Optional<Acl> acl = fs.getAcl(key, kind);
                line.append(acl.map(list -> " " + kind + list.entries()).orElse(""));
            }
        }
        if (attributes.type() == FlareType.FILE) {
            try (OpenFile file = fs.open(Caller.ROOT, key, FileSystem.options(OpenOption.READ))) {
                line.append(' ').append(content(file, attributes.size()));
            }
        }
        return line.toString();
    }

    /** Sets an attribute, or removes it where the value is empty. */
    void xattr(Caller caller, Key key, XattrName name, byte[] value, XattrMode mode) throws FsException {
        if (value.length == 0) {
            fs.removeXattr(caller, key, name);
        } else {
            fs.setXattr(caller, key, name, value, mode);
        }
    }
}
