package magma.dht.fsck;

import magma.fs.Key;

/** Counts by key, 12 bytes for each: keys are told apart by 64 bits mixed from all 160. */
final class KeyCounts {
    private long[] hashes = new long[1 << 12];
    private int[] counts = new int[1 << 12];
    private int size;

    /** Adds to the count of a key. @return the new count */
    int add(Key key, int more) {
        if (size * 3L > hashes.length * 2L) {
            grow();
        }
        long hash = hash(key);
        int slot = slot(hash);
        if (hashes[slot] == 0) {
            hashes[slot] = hash;
            size++;
        }
        counts[slot] += more;
        return counts[slot];
    }

    /** The count of a key; 0 when it was never added. */
    int of(Key key) {
        return counts[slot(hash(key))];
    }

    private int slot(long hash) {
        int mask = hashes.length - 1;
        int slot = (int) hash & mask;
        while (hashes[slot] != 0 && hashes[slot] != hash) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldHashes = hashes;
        int[] oldCounts = counts;
        hashes = new long[oldHashes.length * 2];
        counts = new int[oldCounts.length * 2];
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldHashes[i] != 0) {
                int slot = slot(oldHashes[i]);
                hashes[slot] = oldHashes[i];
                counts[slot] = oldCounts[i];
            }
        }
    }

    /** Never 0. The mixing is that of SplitMix64 (Steele, Lea, Flood 2014). */
    private static long hash(Key key) {
        long h = mix(mix(mix(key.high()) ^ key.middle()) ^ Integer.toUnsignedLong(key.low()));
        return h == 0 ? 1 : h;
    }

    private static long mix(long z) {
        z += 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
