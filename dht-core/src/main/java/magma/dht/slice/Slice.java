package magma.dht.slice;

import magma.fs.Key;

/**
 * A contiguous range of keys: the unit of placement, replication and migration.
 *
 * @param number names the slice for ever; never used again
 * @param first the smallest key
 * @param last the largest key, included
 */
public record Slice(long number, Key first, Key last) {
    public Slice {
        if (first.compareTo(last) > 0) {
            throw new IllegalArgumentException("slice " + number + " ends before it begins");
        }
    }

    public boolean contains(Key key) {
        return first.compareTo(key) <= 0 && key.compareTo(last) <= 0;
    }
}
