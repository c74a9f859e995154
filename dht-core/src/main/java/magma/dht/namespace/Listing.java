package magma.dht.namespace;

import java.util.ArrayList;
import java.util.List;
import magma.dht.key.KeyScheme;
import magma.dht.record.Entry;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a directory. Entries come in the order of their keys; a cookie is the first 63 bits of the 96 by which an entry's key differs from others in its
 * window, raised above the reserved ones.
 */
final class Listing {
    private static final int SCAN = 512;

    private final Tree tree;

    Listing(Tree tree) {
        this.tree = tree;
    }

    OpenDirectory.Page list(Key directory, long cookie, int most, boolean attributes) throws FsException {
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL, "a cookie of " + cookie);
        }
        List<OpenDirectory.Entry> entries = new ArrayList<>();
        Key from = after(directory, cookie);
        if (from == null) {
            return new OpenDirectory.Page(entries, true);
        }
        for (Slice slice : tree.map().within(from, KeyScheme.windowLast(directory))) {
            if (!listSlice(slice, directory, from, most, attributes, entries)) {
                return new OpenDirectory.Page(entries, false);
            }
        }
        return new OpenDirectory.Page(entries, true);
    }

    /** @return whether the slice has no more entries of the directory */
    private boolean listSlice(
            Slice slice, Key directory, Key from, int most, boolean attributes, List<OpenDirectory.Entry> entries)
            throws FsException {
        Key first = from.compareTo(slice.first()) < 0 ? slice.first() : from;
        Key window = KeyScheme.windowLast(directory);
        Key last = window.compareTo(slice.last()) > 0 ? slice.last() : window;
        RecordId next = RecordId.of(first, RecordKind.ENTRY.code());
        RecordId end = Records.end(RecordKind.ENTRY, last);
        while (true) {
            int wanted = Math.min(SCAN, Math.max(1, most - entries.size()) + 1);
            List<StoredRecord> page = tree.slices().scan(slice, next, end, wanted);
            for (StoredRecord record : page) {
                next = record.id().successor();
                if (!Records.owner(record.id()).equals(directory)) {
                    continue;
                }
                long cookie = cookie(record.id().key());
                boolean full = entries.size() >= most;
                if (full && entries.get(entries.size() - 1).cookie() != cookie) {
                    return false;
                }
                entries.add(entry(record, cookie, attributes));
            }
            if (page.size() < wanted) {
                return true;
            }
        }
    }

    private OpenDirectory.Entry entry(StoredRecord record, long cookie, boolean attributes) throws FsException {
        Entry entry = Entry.decode(record.value());
        Attributes shown = attributes ? attributesOrNull(entry.flare()) : null;
        return new OpenDirectory.Entry(Records.entryName(record.id()), entry.flare(), entry.type(), cookie, shown);
    }

    private @Nullable Attributes attributesOrNull(Key flare) throws FsException {
        try {
            return tree.attributes(flare);
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    private static long cookie(Key entry) {
        return Math.max(entry.middle() >>> 1, OpenDirectory.RESERVED + 1);
    }

    /** The first key whose cookie is above {@code cookie}; null when there is none. */
    private static @Nullable Key after(Key directory, long cookie) {
        if (cookie <= OpenDirectory.RESERVED) {
            return KeyScheme.windowFirst(directory);
        }
        if (cookie == Long.MAX_VALUE) {
            return null;
        }
        return new Key(directory.high(), cookie + 1 << 1, 0);
    }
}
