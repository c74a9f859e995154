package magma.testkit.disk;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import magma.fs.Key;
import magma.fs.Name;
import magma.testkit.fs.Pages;
import org.jspecify.annotations.Nullable;

/**
 * What a disk holds for certain, and the changes after that of which a cut of the power leaves some. Files keep what they had when they were synced, names what
 * they were when their directory was synced: syncing a file says nothing of its name. Not safe for use by many threads.
 *
 * <p>Nothing is ever dropped, as an unlinked file comes back where its removal was not synced: for tests of some hundred MiB at most.
 */
final class Journal {
    private final Map<Key, DiskFile> files = new HashMap<>();
    private final Map<Key, byte[]> symlinks = new HashMap<>();
    private final Map<Key, DiskDirectory> directories = new HashMap<>();
    private List<NameChange> changes = new ArrayList<>();

    private static final class DiskFile {
        final Pages durable = new Pages();
        final List<FileChange> changes = new ArrayList<>();
    }

    private static final class DiskDirectory {
        final Map<Name, Key> durable = new TreeMap<>();
        final Map<Name, Key> live = new HashMap<>();
    }

    Journal(Key root) {
        directories.put(root, new DiskDirectory());
    }

    void newFile(Key file) {
        files.put(file, new DiskFile());
    }

    void newDirectory(Key directory) {
        directories.put(directory, new DiskDirectory());
    }

    void newSymlink(Key symlink, byte[] target) {
        symlinks.put(symlink, target.clone());
    }

    /** Where a name leads now. */
    @Nullable
    Key live(Key directory, Name name) {
        return directory(directory).live.get(name);
    }

    private DiskDirectory directory(Key key) {
        return demand(directories.get(key), key);
    }

    private DiskFile file(Key key) {
        return demand(files.get(key), key);
    }

    private static <T> T demand(@Nullable T known, Key key) {
        if (known == null) {
            throw new IllegalStateException("the journal was not told of " + key);
        }
        return known;
    }

    void changed(Key file, FileChange change) {
        file(file).changes.add(change);
    }

    void changed(NameChange change) {
        for (NameChange.Edit edit : change.edits()) {
            put(directory(edit.directory()).live, edit);
        }
        changes.add(change);
    }

    private static void put(Map<Name, Key> entries, NameChange.Edit edit) {
        Key flare = edit.flare();
        if (flare == null) {
            entries.remove(edit.name());
        } else {
            entries.put(edit.name(), flare);
        }
    }

    /** The content of the file as it is now is durable. */
    void syncFile(Key key) {
        DiskFile file = file(key);
        file.changes.forEach(change -> change.apply(file.durable));
        file.changes.clear();
    }

    /** The entries of the directory as they are now are durable; where a rename is among their changes, those of the other directory up to it are too. */
    void syncDirectory(Key directory) {
        Set<Key> synced = new HashSet<>(Set.of(directory));
        boolean[] durable = new boolean[changes.size()];
        for (int i = changes.size() - 1; i >= 0; i--) {
            Set<Key> touched = changes.get(i).directories();
            if (touched.stream().anyMatch(synced::contains)) {
                durable[i] = true;
                synced.addAll(touched);
            }
        }
        List<NameChange> left = new ArrayList<>();
        for (int i = 0; i < durable.length; i++) {
            if (durable[i]) {
                apply(changes.get(i));
            } else {
                left.add(changes.get(i));
            }
        }
        changes = left;
    }

    void syncAll() {
        files.keySet().forEach(this::syncFile);
        changes.forEach(this::apply);
        changes.clear();
    }

    private void apply(NameChange change) {
        for (NameChange.Edit edit : change.edits()) {
            put(directory(edit.directory()).durable, edit);
        }
    }

    /**
     * Cuts the power. Of each file's later changes each survives by chance, writes also in part; of each directory's a beginning survives. To be called once: the
     * journal is what is left.
     *
     * @param chance of each change of a file to survive, 0 to 1
     */
    DiskImage cut(Key root, Random random, double chance) {
        survivingNames(random, chance).forEach(this::apply);
        return new DiskImage(directoryImage(root, new HashMap<>(), random, chance));
    }

    private List<NameChange> survivingNames(Random random, double chance) {
        Map<Key, Integer> left = new HashMap<>();
        Map<Key, Integer> counts = new HashMap<>();
        for (NameChange change : changes) {
            change.directories().forEach(directory -> counts.merge(directory, 1, Integer::sum));
        }
        counts.forEach((directory, count) -> left.put(directory, beginning(count, random, chance)));
        List<NameChange> surviving = new ArrayList<>();
        for (NameChange change : changes) {
            // A change that did not survive in one of its directories ends the beginning of the others.
            boolean survives = change.directories().stream().allMatch(directory -> left.getOrDefault(directory, 0) > 0);
            change.directories()
                    .forEach(directory -> left.merge(directory, survives ? -1 : 0, (a, b) -> b == 0 ? 0 : a + b));
            if (survives) {
                surviving.add(change);
            }
        }
        return surviving;
    }

    private static int beginning(int count, Random random, double chance) {
        if (chance == 0) {
            return 0;
        }
        return chance == 1 ? count : random.nextInt(count + 1);
    }

    private DiskImage.Directory directoryImage(Key key, Map<Key, DiskImage.File> done, Random random, double chance) {
        Map<Name, DiskImage.Node> entries = new TreeMap<>();
        directory(key).durable.forEach((name, flare) -> {
            byte[] target = symlinks.get(flare);
            if (target != null) {
                entries.put(name, new DiskImage.Symlink(target));
            } else if (directories.containsKey(flare)) {
                entries.put(name, directoryImage(flare, done, random, chance));
            } else {
                DiskFile file = file(flare);
                entries.put(
                        name, done.computeIfAbsent(flare, first -> new DiskImage.File(image(file, random, chance))));
            }
        });
        return new DiskImage.Directory(entries);
    }

    private static Pages image(DiskFile file, Random random, double chance) {
        for (FileChange change : file.changes) {
            change.survive(file.durable, random, chance);
        }
        file.changes.clear();
        return file.durable;
    }
}
