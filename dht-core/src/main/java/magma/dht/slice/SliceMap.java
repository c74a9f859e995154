package magma.dht.slice;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Which slices tile the key space: every key is in exactly one. Immutable.
 *
 * @param version grows with every change of the map
 * @param slices in the order of their keys
 */
public record SliceMap(long version, List<Slice> slices) {
    /** The most slices a map may have. */
    public static final int MAX_SLICES = 1 << 20;

    /** @throws IllegalArgumentException when the slices leave a gap, overlap, or share a number */
    public SliceMap {
        slices = slices.stream().sorted(Comparator.comparing(Slice::first)).toList();
        if (slices.isEmpty()
                || !slices.get(0).first().equals(Key.MIN)
                || !slices.get(slices.size() - 1).last().equals(Key.MAX)) {
            throw new IllegalArgumentException("slices must reach from the first key to the last");
        }
        for (int i = 1; i < slices.size(); i++) {
            if (!slices.get(i - 1).last().successor().equals(slices.get(i).first())) {
                throw new IllegalArgumentException(
                        "a gap or overlap before slice " + slices.get(i).number());
            }
        }
        if (slices.stream().mapToLong(Slice::number).distinct().count() != slices.size()) {
            throw new IllegalArgumentException("two slices of one number");
        }
    }

    /** {@code count} slices of equal width. */
    public static SliceMap even(int count) {
        List<Key> starts = new ArrayList<>();
        long width = Long.divideUnsigned(-1L, count) + (count == 1 ? 0 : 1);
        for (int i = 0; i < count; i++) {
            starts.add(new Key(width * i, 0, 0));
        }
        return startingAt(starts);
    }

    /** One slice for each of the starts, of which the first must be {@link Key#MIN}; numbered from 1. */
    public static SliceMap startingAt(List<Key> starts) {
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            Key last = i + 1 < starts.size() ? starts.get(i + 1).predecessor() : Key.MAX;
            slices.add(new Slice(i + 1, starts.get(i), last));
        }
        return new SliceMap(1, slices);
    }

    /** The slice that contains {@code key}. */
    public Slice of(Key key) {
        int low = 0;
        int high = slices.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (slices.get(middle).first().compareTo(key) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return slices.get(low);
    }

    /** The slice of that number; null where there is none. */
    public @Nullable Slice numbered(long number) {
        for (Slice slice : slices) {
            if (slice.number() == number) {
                return slice;
            }
        }
        return null;
    }

    /** The slices that hold any key from {@code first} to {@code last}, both included, in order. */
    public List<Slice> within(Key first, Key last) {
        Slice from = of(first);
        if (from.contains(last)) {
            return List.of(from);
        }
        return slices.stream()
                .filter(slice ->
                        slice.last().compareTo(first) >= 0 && slice.first().compareTo(last) <= 0)
                .toList();
    }

    public byte[] encode() {
        return new Encoder()
                .i64(version)
                .list(
                        slices,
                        (to, slice) -> to.i64(slice.number()).key(slice.first()).key(slice.last()))
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no slice map */
    public static SliceMap decode(byte[] bytes) {
        return Decoder.decode(
                "slice map",
                bytes,
                from -> new SliceMap(
                        from.i64(), from.list(MAX_SLICES, slice -> new Slice(slice.i64(), slice.key(), slice.key()))));
    }
}
