package magma.fuse;

import java.util.HashMap;
import java.util.Map;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import org.jspecify.annotations.Nullable;

/**
 * A directory that the kernel holds open. Turns the volume's cookies, which several entries may share, into offsets that
 * each lead to exactly one place: readers may stop and go on anywhere.
 */
final class OpenListing {
    private final OpenDirectory directory;
    private final Map<Long, Spot> betweenEquals = new HashMap<>();
    private volatile int nameBytes = 24;

    /**
     * A place in the listing.
     *
     * @param cookie where to ask the volume to go on
     * @param skip how many of the entries that come then to leave out
     */
    record Spot(long cookie, int skip) {}

    OpenListing(OpenDirectory directory) {
        this.directory = directory;
    }

    OpenDirectory directory() {
        return directory;
    }

    Key flare() {
        return directory.flare();
    }

    /** The place that {@code offset} names; an offset never given is a cookie. */
    synchronized Spot spot(long offset) {
        @Nullable Spot spot = betweenEquals.get(offset);
        return spot != null ? spot : new Spot(offset, 0);
    }

    /** An offset for the place after the {@code skip}th of the entries that share {@code cookie} and follow {@code before}. */
    synchronized long offsetBetween(long before, long cookie, int skip) {
        long offset = (cookie ^ skip * 0x9e3779b97f4a7c15L) & Long.MAX_VALUE | 1L << 62;
        betweenEquals.put(offset, new Spot(before, skip));
        return offset;
    }

    /** About how long names are here. */
    int nameBytes() {
        return nameBytes;
    }

    /** Learns how long names are. */
    void sawNames(int count, int bytes) {
        nameBytes = (nameBytes + bytes / count + 1) / 2;
    }
}
