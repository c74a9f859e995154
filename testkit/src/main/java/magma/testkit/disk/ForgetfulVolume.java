package magma.testkit.disk;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Volume;

/**
 * A disk with a filesystem on it, over another volume, that forgets when its power is cut. Content of a file is safe as of the last {@link magma.fs.OpenFile#sync} of
 * that file, the names in a directory as of the last {@link magma.fs.OpenDirectory#sync} of that directory, and nothing else is: not a new file's name by the
 * file's sync, as ext4 has it. Of what came later, chance decides:
 *
 * <ul>
 *   <li>each write of a file survives, or does not, or some of its sectors of 512 bytes do, whatever becomes of the writes before and after it;
 *   <li>so does each change of a file's size;
 *   <li>of a directory's changes a beginning survives; a rename is one change, also where it is one of two directories.
 * </ul>
 *
 * <p>From the cut on no call is answered, so that nobody can be told of anything that the disk has not; {@link #release} lets those that wait fail with EIO.
 * Files, directories and symlinks only. Owners, modes, times and extended attributes are served and not part of the image.
 *
 * <p>Mounted, it gets each write(2) as it is made. What is written through a shared mapping it gets when the kernel writes it back, at the latest with fsync.
 *
 * <p>All calls take turns.
 */
public final class ForgetfulVolume implements Volume {
    private static final long NEVER = Long.MAX_VALUE;

    private final Volume inner;
    private final Key root;
    private final Journal journal;
    private long left = NEVER;
    private long changes;
    private boolean cut;
    private boolean released;
    private boolean lies;

    /** What a session wants done while nobody else does anything. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws FsException;
    }

    /**
     * @param inner an empty volume, which nobody else uses
     * @param image what is on the disk
     */
    public ForgetfulVolume(Volume inner, DiskImage image) throws IOException {
        this.inner = inner;
        try (FileSystem session = inner.openSession("image", ChangeListener.NONE)) {
            root = session.root();
            journal = new Journal(root);
            Loading.load(image.root(), new ForgetfulSession(this, session), root);
        }
        journal.syncAll();
        changes = 0;
    }

    /** As {@link #ForgetfulVolume(Volume, DiskImage)}, with nothing on it. */
    public ForgetfulVolume(Volume inner) throws IOException {
        this(inner, new DiskImage(new DiskImage.Directory(Map.of())));
    }

    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        return new ForgetfulSession(this, inner.openSession(client, listener));
    }

    Journal journal() {
        return journal;
    }

    /** The power goes when {@code more} more changes and syncs are made and the next is asked for. */
    public synchronized void cutAfter(long more) {
        left = more;
    }

    /** The power goes now. */
    public synchronized void cut() {
        cut = true;
        notifyAll();
    }

    /** From now on a sync is answered as if it were done, and is not: what a disk does whose cache has no battery. */
    public synchronized void lie() {
        lies = true;
    }

    public synchronized boolean isCut() {
        return cut;
    }

    /** Changes and syncs since the beginning. */
    public synchronized long changes() {
        return changes;
    }

    /**
     * What is on the disk when the power comes back. To be called once, after the cut.
     *
     * @param seed decides what survives
     * @param chance of what was not synced to survive, 0 to 1
     */
    public synchronized DiskImage image(long seed, double chance) {
        if (!cut) {
            throw new IllegalStateException("the power is on");
        }
        // The first numbers of Random are much the same for seeds that lie together.
        return journal.cut(root, new Random(new SplittableRandom(seed).nextLong()), chance);
    }

    /** Lets calls that wait for an answer fail, and all later ones: for when the process that made them has been killed. */
    public synchronized void release() {
        cut = true;
        released = true;
        notifyAll();
    }

    /** Serves a call that changes nothing. */
    synchronized <T> T read(Call<T> call) throws FsException {
        demandPower();
        return call.run();
    }

    /** Serves a change or a sync. */
    synchronized <T> T change(Call<T> call) throws FsException {
        if (left == 0) {
            cut();
        }
        demandPower();
        if (left != NEVER) {
            left--;
        }
        changes++;
        return call.run();
    }

    /** Serves a sync. */
    void sync(Runnable work) throws FsException {
        change(() -> {
            if (!lies) {
                work.run();
            }
            return true;
        });
    }

    private void demandPower() throws FsException {
        boolean interrupted = false;
        while (cut && !released) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (cut) {
            throw new FsException(Errno.EIO, "the power is off");
        }
    }

    /** Puts an image on a disk. */
    private static final class Loading {
        private Loading() {}

        static void load(DiskImage.Directory from, ForgetfulSession to, Key directory) throws FsException {
            var done = new IdentityHashMap<DiskImage.File, Key>();
            load(from, to, directory, done);
        }

        private static void load(
                DiskImage.Directory from, ForgetfulSession to, Key directory, Map<DiskImage.File, Key> done)
                throws FsException {
            for (var entry : from.entries().entrySet()) {
                if (entry.getValue() instanceof DiskImage.Directory sub) {
                    Key key = to.makeDirectory(Caller.ROOT, directory, entry.getKey(), 0755)
                            .key();
                    load(sub, to, key, done);
                } else if (entry.getValue() instanceof DiskImage.Symlink symlink) {
                    to.symlink(Caller.ROOT, directory, entry.getKey(), symlink.target());
                } else if (entry.getValue() instanceof DiskImage.File file) {
                    Key first = done.get(file);
                    if (first == null) {
                        done.put(file, to.load(directory, entry.getKey(), file.content()));
                    } else {
                        to.link(Caller.ROOT, first, directory, entry.getKey());
                    }
                }
            }
        }
    }
}
