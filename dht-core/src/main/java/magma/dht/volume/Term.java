package magma.dht.volume;

import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;

/**
 * A time in which this vulcano leads a slice. What is known of the slice's flares in memory counts as long as it lasts.
 *
 * @param number see {@link Slices#term}
 */
record Term(Slices slices, Slice slice, long number) {
    /** That of the slice that holds the key. @throws FsException EREMOTE when it is led elsewhere */
    static Term of(Slices slices, Key key) throws FsException {
        Slice slice = slices.map().of(key);
        long number = slices.term(slice);
        if (number == 0) {
            throw elsewhere(slice);
        }
        return new Term(slices, slice, number);
    }

    /** Returns when it lasts. @throws FsException EREMOTE when it does not, or when that is not sure just now */
    void demand() throws FsException {
        if (slices.term(slice) != number) {
            throw elsewhere(slice);
        }
    }

    /** Whether another one has begun here since. */
    boolean isFollowed() {
        long now = slices.term(slice);
        return now != 0 && now != number;
    }

    static FsException elsewhere(Slice slice) {
        return new FsException(Errno.EREMOTE, "another vulcano answers for slice " + slice.number());
    }
}
