package magma.storage.xodus;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is committed: what was committed lately lies in memory, over what a flush is just carrying to the index, over the index. A cache keeps
 * rows of the index that were read.
 *
 * <p>A reader takes the {@link View} first and then looks into the index. The index may by then hold what the view's frozen table holds, which lies over
 * it anyway, but nothing later, as long as the view's generation is still the same.
 */
final class EntryTable {
    private final XodusIndex index;
    private final Cache<RecordId, Entry> cache;
    private volatile View view = new View(SortedTable.EMPTY, SortedTable.EMPTY, 0);

    /** Whether the index was looked into, or the cache, since that was asked last. */
    private volatile boolean used;

    /**
     * @param active what was committed since the last flush began
     * @param frozen what a flush is carrying to the index
     * @param generation changes whenever a flush begins or ends
     */
    record View(SortedTable active, SortedTable frozen, long generation) {
        @Nullable
        Entry get(RecordId id) {
            Entry entry = active.get(id);
            return entry == null ? frozen.get(id) : entry;
        }

        long weight() {
            return active.weight() + frozen.weight();
        }
    }

    EntryTable(XodusIndex index, long cacheBytes) {
        this.index = index;
        this.cache = Caffeine.newBuilder()
                .maximumWeight(cacheBytes)
                .weigher((RecordId id, Entry entry) -> 120 + id.encoded().length + entry.weight())
                .executor(Runnable::run)
                .build();
    }

    View view() {
        return view;
    }

    /** The entry, {@link Entry.Gone} or {@link Entry.Absent}. */
    Entry find(RecordId id) throws StorageException {
        Entry entry = view.get(id);
        return entry == null ? indexed(id) : entry;
    }

    private Entry indexed(RecordId id) throws StorageException {
        use();
        Entry cached = cache.getIfPresent(id);
        if (cached != null) {
            return cached;
        }
        try {
            return cache.get(id, missing -> {
                try {
                    return index.get(missing);
                } catch (StorageException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof StorageException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void use() {
        // Written once, for readers would take it from each other.
        if (!used) {
            used = true;
        }
    }

    /** Whether anybody has looked for what is not in the table since this was called last. For one thread. */
    boolean wasUsed() {
        boolean was = used;
        used = false;
        return was;
    }

    /** Lets go of all that is kept in memory and is in the index as well: it is read from there when it is wanted. */
    void forget() {
        cache.invalidateAll();
        index.forget();
    }

    static @Nullable StoredRecord record(RecordId id, Entry entry) {
        if (entry instanceof Entry.Value value) {
            return new StoredRecord(id, value.version(), value.value());
        }
        if (entry instanceof Entry.Chunk chunk) {
            return new StoredRecord(id, chunk.version(), NO_VALUE);
        }
        return null;
    }

    private static final byte[] NO_VALUE = {};

    List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        List<StoredRecord> found = new ArrayList<>(Math.min(Math.max(most, 0), 1024));
        use();
        while (true) {
            View seen = view;
            try (XodusIndex.Snapshot snapshot = index.snapshot()) {
                if (view.generation() == seen.generation()) {
                    collect(seen, snapshot, from, to, most, found);
                    return found;
                }
            }
        }
    }

    private static void collect(
            View view, XodusIndex.Snapshot snapshot, RecordId from, RecordId to, int most, List<StoredRecord> found)
            throws StorageException {
        Walk active = new Walk(view.active().iterator(from));
        Walk frozen = new Walk(view.frozen().iterator(from));
        try (XodusIndex.Rows rows = snapshot.from(from)) {
            while (found.size() < most) {
                RecordId next = least(least(active.id(), frozen.id()), rows.id());
                if (next == null || next.compareTo(to) >= 0) {
                    return;
                }
                Entry entry = null;
                if (Objects.equals(next, rows.id())) {
                    // Whatever lies over it hides it.
                    boolean hidden = Objects.equals(next, active.id()) || Objects.equals(next, frozen.id());
                    entry = hidden ? null : rows.entry();
                    rows.next();
                }
                if (Objects.equals(next, frozen.id())) {
                    entry = frozen.take();
                }
                if (Objects.equals(next, active.id())) {
                    entry = active.take();
                }
                StoredRecord record = entry == null ? null : record(next, entry);
                if (record != null) {
                    found.add(record);
                }
            }
        }
    }

    private static @Nullable RecordId least(@Nullable RecordId a, @Nullable RecordId b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static final class Walk {
        private final Iterator<Map.Entry<RecordId, Entry>> entries;
        private Map.@Nullable Entry<RecordId, Entry> next;

        Walk(Iterator<Map.Entry<RecordId, Entry>> entries) {
            this.entries = entries;
            this.next = entries.hasNext() ? entries.next() : null;
        }

        @Nullable
        RecordId id() {
            return next == null ? null : next.getKey();
        }

        @Nullable
        Entry take() {
            Map.Entry<RecordId, Entry> taken = next;
            next = entries.hasNext() ? entries.next() : null;
            return taken == null ? null : taken.getValue();
        }
    }

    /** Changes to be seen at once. By one thread at a time, as {@link #publish}, {@link #freeze} and {@link #thaw}. */
    Edit edit() {
        return new Edit(view);
    }

    /** Changes gathered. */
    final class Edit {
        private final View base;
        private SortedTable active;

        Edit(View base) {
            this.base = base;
            this.active = base.active();
        }

        Entry find(RecordId id) throws StorageException {
            Entry entry = active.get(id);
            if (entry == null) {
                entry = base.frozen().get(id);
            }
            return entry == null ? indexed(id) : entry;
        }

        private void put(RecordId id, Entry entry) {
            active = active.put(id, entry);
        }

        /**
         * Makes a change of the log record of this version and place.
         *
         * @param position of the log record
         */
        void apply(long position, Version version, Change change) throws StorageException {
            RecordId id = change.id();
            if (change instanceof Change.Put put) {
                put(id, new Entry.Value(version, position, put.value()));
            } else if (change instanceof Change.Delete) {
                put(id, new Entry.Gone(version));
            } else if (change instanceof Change.Write write) {
                put(id, new Entry.Chunk(version, find(id).content().write(Extent.of(write, version))));
            } else if (change instanceof Change.Punch punch) {
                if (find(id) instanceof Entry.Chunk chunk) {
                    content(id, version, chunk.extents().punch(punch.from(), punch.to()));
                }
            } else if (change instanceof Change.Installed installed) {
                apply(position, installed.version(), installed.change());
            } else if (change instanceof Change.Copy copy) {
                move(position, copy);
            }
        }

        /** The content becomes this; the chunk goes where there is none. */
        void content(RecordId id, Version version, ExtentMap extents) {
            put(id, extents.isEmpty() ? new Entry.Gone(version) : new Entry.Chunk(version, extents));
        }

        /** Follows the cleaner: what still lies where it copied from lies where it copied to from now on. */
        private void move(long position, Change.Copy copy) throws StorageException {
            Entry entry = find(copy.id());
            if (copy.change() instanceof Change.Put && entry instanceof Entry.Value value) {
                if (value.position() == copy.source()) {
                    put(copy.id(), new Entry.Value(value.version(), position, value.value()));
                }
            } else if (copy.change() instanceof Change.Write write && entry instanceof Entry.Chunk chunk) {
                ExtentMap moved = chunk.extents().move(Extent.of(write, copy.version()), copy.source());
                if (moved != chunk.extents()) {
                    put(copy.id(), new Entry.Chunk(chunk.version(), moved));
                }
            }
        }
    }

    void publish(Edit edit) {
        view = new View(edit.active, edit.base.frozen(), edit.base.generation());
    }

    /** From now on what is committed is gathered in a new table. Nothing may be frozen already. */
    SortedTable freeze() {
        View now = view;
        if (now.frozen().size() > 0) {
            throw new IllegalStateException("a flush is under way");
        }
        view = new View(SortedTable.EMPTY, now.active(), now.generation() + 1);
        return now.active();
    }

    /** The index holds what was frozen: the cache learns it, for a reader that missed the frozen table must not find what was before. */
    void flushed(SortedTable frozen) {
        for (Iterator<Map.Entry<RecordId, Entry>> rows = frozen.iterator(null); rows.hasNext(); ) {
            Map.Entry<RecordId, Entry> row = rows.next();
            cache.put(row.getKey(), row.getValue() instanceof Entry.Gone ? Entry.Absent.ENTRY : row.getValue());
        }
    }

    /** Lets go of what was frozen. */
    void thaw() {
        View now = view;
        view = new View(now.active(), SortedTable.EMPTY, now.generation() + 1);
    }
}
