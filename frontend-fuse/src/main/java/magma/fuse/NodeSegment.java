package magma.fuse;

import java.util.Arrays;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * A part of a {@link NodeTable}: a hash table with chaining, in arrays. Ids here are slot (30 bits) and generation (29 bits);
 * a generation is 1 or more, so no id is 0. All methods take this segment's lock, for well under a microsecond.
 */
final class NodeSegment {
    private static final int SLOT_BITS = 30;
    private static final int SLOT_MASK = (1 << SLOT_BITS) - 1;
    private static final int GENERATION_MASK = (1 << 29) - 1;
    private static final int NONE = -1;
    private static final int FIRST_CAPACITY = 64;

    private long[] high = new long[FIRST_CAPACITY];
    private long[] middle = new long[FIRST_CAPACITY];
    private int[] low = new int[FIRST_CAPACITY];
    private long[] lookups = new long[FIRST_CAPACITY];
    private int[] generation = new int[FIRST_CAPACITY];
    private byte[] marks = new byte[FIRST_CAPACITY];

    /** The next slot in the same bucket, or in the list of free ones. */
    private int[] next = new int[FIRST_CAPACITY];

    private int[] buckets = new int[FIRST_CAPACITY];
    private int firstFree = NONE;
    private int used;
    private int size;

    NodeSegment() {
        Arrays.fill(buckets, NONE);
    }

    synchronized int size() {
        return size;
    }

    synchronized long acquire(Key key) {
        int slot = slot(key);
        if (slot == NONE) {
            slot = insert(key);
        }
        lookups[slot]++;
        return id(slot);
    }

    synchronized void forget(long id, long times) {
        int slot = slot(id);
        if (slot == NONE) {
            return;
        }
        lookups[slot] -= times;
        if (lookups[slot] <= 0) {
            remove(slot);
        }
    }

    synchronized @Nullable Key key(long id) {
        int slot = slot(id);
        return slot == NONE ? null : new Key(high[slot], middle[slot], low[slot]);
    }

    synchronized long find(Key key) {
        int slot = slot(key);
        return slot == NONE ? 0 : id(slot);
    }

    synchronized void mark(long id, byte mark) {
        int slot = slot(id);
        if (slot != NONE) {
            marks[slot] |= mark;
        }
    }

    synchronized boolean takeMark(long id, byte mark) {
        int slot = slot(id);
        if (slot == NONE || (marks[slot] & mark) == 0) {
            return false;
        }
        marks[slot] &= (byte) ~mark;
        return true;
    }

    synchronized void unmark(long id, byte mark) {
        int slot = slot(id);
        if (slot != NONE) {
            marks[slot] &= (byte) ~mark;
        }
    }

    synchronized void unmarkAll(byte mark) {
        for (int slot = 0; slot < used; slot++) {
            marks[slot] &= (byte) ~mark;
        }
    }

    synchronized boolean isMarked(long id, byte mark) {
        int slot = slot(id);
        return slot != NONE && (marks[slot] & mark) != 0;
    }

    synchronized long[] all() {
        long[] ids = new long[size];
        int count = 0;
        for (int slot = 0; slot < used; slot++) {
            if (lookups[slot] > 0) {
                ids[count++] = id(slot);
            }
        }
        return ids;
    }

    private long id(int slot) {
        return (long) generation[slot] << SLOT_BITS | slot;
    }

    private int slot(long id) {
        int slot = (int) id & SLOT_MASK;
        boolean lives = slot < used && lookups[slot] > 0 && generation[slot] == id >>> SLOT_BITS;
        return lives ? slot : NONE;
    }

    private int slot(Key key) {
        int slot = buckets[bucket(key.middle(), key.low())];
        while (slot != NONE && !(low[slot] == key.low() && middle[slot] == key.middle() && high[slot] == key.high())) {
            slot = next[slot];
        }
        return slot;
    }

    private int insert(Key key) {
        int slot = firstFree;
        if (slot != NONE) {
            firstFree = next[slot];
        } else {
            if (used == high.length) {
                grow();
            }
            slot = used++;
        }
        high[slot] = key.high();
        middle[slot] = key.middle();
        low[slot] = key.low();
        generation[slot] = Math.max(1, generation[slot] + 1 & GENERATION_MASK);
        marks[slot] = 0;
        chain(slot);
        size++;
        return slot;
    }

    private void remove(int slot) {
        int bucket = bucket(middle[slot], low[slot]);
        if (buckets[bucket] == slot) {
            buckets[bucket] = next[slot];
        } else {
            int before = buckets[bucket];
            while (next[before] != slot) {
                before = next[before];
            }
            next[before] = next[slot];
        }
        lookups[slot] = 0;
        next[slot] = firstFree;
        firstFree = slot;
        size--;
    }

    private void grow() {
        int capacity = high.length * 2;
        high = Arrays.copyOf(high, capacity);
        middle = Arrays.copyOf(middle, capacity);
        low = Arrays.copyOf(low, capacity);
        lookups = Arrays.copyOf(lookups, capacity);
        generation = Arrays.copyOf(generation, capacity);
        marks = Arrays.copyOf(marks, capacity);
        next = new int[capacity];
        buckets = new int[capacity];
        Arrays.fill(buckets, NONE);
        for (int slot = 0; slot < used; slot++) {
            chain(slot);
        }
    }

    private void chain(int slot) {
        int bucket = bucket(middle[slot], low[slot]);
        next[slot] = buckets[bucket];
        buckets[bucket] = slot;
    }

    private int bucket(long middle, int low) {
        long mixed = (middle ^ Integer.toUnsignedLong(low) << 29) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 33) & buckets.length - 1;
    }
}
