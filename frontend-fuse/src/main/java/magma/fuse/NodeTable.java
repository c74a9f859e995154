package magma.fuse;

import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;

/**
 * Which flare each of the kernel's node ids stands for. A flare has one node id as long as the kernel knows it, whatever
 * the number of its names. Safe for use by many threads.
 *
 * <p>The kernel may know millions of nodes, so they live in arrays: 41 bytes a node, up to twice that where an array has just grown. A node id is made of the
 * segment (4 bits), the slot in it (30 bits) and how often the slot has been in use (29 bits), so that an id is not given
 * again. The root's is 1, always.
 */
final class NodeTable {
    static final long ROOT = 1;

    private static final int SEGMENT_BITS = 4;
    private static final int SEGMENTS = 1 << SEGMENT_BITS;

    private static final byte CHANGED = 1;
    private static final byte PRIVILEGED = 2;
    private static final byte WITHOUT_CAPABILITY = 4;

    private final Key root;
    private final NodeSegment[] segments = new NodeSegment[SEGMENTS];
    private volatile boolean rootChanged;

    NodeTable(Key root) {
        this.root = root;
        for (int i = 0; i < SEGMENTS; i++) {
            segments[i] = new NodeSegment();
        }
    }

    /** The node id of {@code key}, which the kernel will then know once more. */
    long acquire(Key key) {
        if (key.equals(root)) {
            return ROOT;
        }
        int segment = segment(key);
        return segments[segment].acquire(key) << SEGMENT_BITS | segment;
    }

    /** The kernel knows {@code node} {@code times} times less. Node ids that mean nothing are ignored. */
    void forget(long node, long times) {
        if (node != ROOT) {
            segments[segment(node)].forget(node >>> SEGMENT_BITS, times);
        }
    }

    /** @throws FsException ESTALE for a node id that means nothing */
    Key key(long node) throws FsException {
        if (node == ROOT) {
            return root;
        }
        Key key = segments[segment(node)].key(node >>> SEGMENT_BITS);
        if (key == null) {
            throw new FsException(Errno.ESTALE, "no node has the id " + node);
        }
        return key;
    }

    /** The node id of {@code key}, or 0 when the kernel does not know it. */
    long find(Key key) {
        if (key.equals(root)) {
            return ROOT;
        }
        int segment = segment(key);
        long id = segments[segment].find(key);
        return id == 0 ? 0 : id << SEGMENT_BITS | segment;
    }

    /** Notes that others changed the content of {@code node}. */
    void markChanged(long node) {
        if (node == ROOT) {
            rootChanged = true;
        } else {
            segments[segment(node)].mark(node >>> SEGMENT_BITS, CHANGED);
        }
    }

    /** Whether {@link #markChanged} was called for {@code node} since this was last asked. */
    boolean takeChanged(long node) {
        if (node == ROOT) {
            boolean changed = rootChanged;
            rootChanged = false;
            return changed;
        }
        return segments[segment(node)].takeMark(node >>> SEGMENT_BITS, CHANGED);
    }

    /** Notes that the kernel was told that the file {@code node} has set-user-id or set-group-id. */
    void markPrivileged(long node) {
        segments[segment(node)].mark(node >>> SEGMENT_BITS, PRIVILEGED);
    }

    /** Whether {@link #markPrivileged} was called for {@code node} since this was last asked. */
    boolean takePrivileged(long node) {
        return segments[segment(node)].takeMark(node >>> SEGMENT_BITS, PRIVILEGED);
    }

    /** Notes that the file {@code node} has no {@code security.capability}. */
    void markWithoutCapability(long node) {
        segments[segment(node)].mark(node >>> SEGMENT_BITS, WITHOUT_CAPABILITY);
    }

    /** Whether {@link #markWithoutCapability} was called for {@code node}, and nobody may have given it one since. */
    boolean isWithoutCapability(long node) {
        return node != ROOT && segments[segment(node)].isMarked(node >>> SEGMENT_BITS, WITHOUT_CAPABILITY);
    }

    /** Somebody may have given {@code node} a capability. */
    void mayHaveCapability(long node) {
        segments[segment(node)].unmark(node >>> SEGMENT_BITS, WITHOUT_CAPABILITY);
    }

    /** The same, of all. */
    void allMayHaveCapability() {
        for (NodeSegment segment : segments) {
            segment.unmarkAll(WITHOUT_CAPABILITY);
        }
    }

    /** All node ids that the kernel knows, the root's included. */
    long[] all() {
        long[][] parts = new long[SEGMENTS][];
        int count = 1;
        for (int i = 0; i < SEGMENTS; i++) {
            parts[i] = segments[i].all();
            count += parts[i].length;
        }
        long[] all = new long[count];
        all[0] = ROOT;
        int next = 1;
        for (int i = 0; i < SEGMENTS; i++) {
            for (long id : parts[i]) {
                all[next++] = id << SEGMENT_BITS | i;
            }
        }
        return all;
    }

    /** How many nodes the kernel knows, the root included. */
    int size() {
        int size = 1;
        for (NodeSegment segment : segments) {
            size += segment.size();
        }
        return size;
    }

    private static int segment(Key key) {
        return key.low() & SEGMENTS - 1;
    }

    private static int segment(long node) {
        return (int) node & SEGMENTS - 1;
    }
}
