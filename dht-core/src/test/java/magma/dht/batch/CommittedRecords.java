package magma.dht.batch;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** The committed records of one slice; of chunks only which bytes are stored, one bit each. */
final class CommittedRecords implements RecordView {
    private static final byte[] NO_VALUE = {};

    private final TreeMap<RecordId, StoredRecord> records = new TreeMap<>();
    /** Which bytes are stored, by generation. */
    private final Map<RecordId, TreeMap<Long, BitSet>> chunks = new HashMap<>();

    void apply(List<Mutation> mutations, Version version) {
        for (Mutation mutation : mutations) {
            RecordId id = mutation.id();
            if (mutation instanceof Mutation.Put put) {
                records.put(id, new StoredRecord(id, version, put.value()));
            } else if (mutation instanceof Mutation.Delete) {
                records.remove(id);
                chunks.remove(id);
            } else if (mutation instanceof Mutation.Write write) {
                int to = write.offset() + write.data().remaining();
                clear(id, write.offset(), to);
                chunk(id).computeIfAbsent(write.generation(), g -> new BitSet()).set(write.offset(), to);
                records.put(id, new StoredRecord(id, version, NO_VALUE));
            } else if (mutation instanceof Mutation.Punch punch && records.containsKey(id)) {
                clear(id, punch.from(), punch.to());
                records.put(id, new StoredRecord(id, version, NO_VALUE));
                if (runs(id, Long.MIN_VALUE).isEmpty()) {
                    records.remove(id);
                }
            }
        }
    }

    private NavigableMap<Long, BitSet> chunk(RecordId id) {
        return chunks.computeIfAbsent(id, i -> new TreeMap<>());
    }

    private void clear(RecordId id, int from, int to) {
        chunk(id).values().forEach(stored -> stored.clear(from, to));
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) {
        return records.get(id);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) {
        return from.compareTo(to) >= 0
                ? List.of()
                : records.subMap(from, to).values().stream().limit(most).toList();
    }

    @Override
    public List<Run> runs(RecordId id, long lowest) {
        BitSet stored = new BitSet();
        chunks.getOrDefault(id, new TreeMap<>()).tailMap(lowest, true).values().forEach(stored::or);
        List<Run> runs = new ArrayList<>();
        int from = stored.nextSetBit(0);
        while (from >= 0) {
            int to = stored.nextClearBit(from);
            runs.add(new Run(from, to));
            from = stored.nextSetBit(to);
        }
        return runs;
    }

    /** The value of a record that must be there. */
    byte[] value(RecordId id) {
        StoredRecord record = records.get(id);
        if (record == null) {
            throw new AssertionError("there is no record " + id);
        }
        return record.value();
    }

    List<StoredRecord> all() {
        return List.copyOf(records.values());
    }

    /** All of it in words, for comparing. */
    String text() {
        StringBuilder text = new StringBuilder();
        for (StoredRecord record : records.values()) {
            text.append(Texts.of(record))
                    .append(runs(record.id(), Long.MIN_VALUE))
                    .append('\n');
        }
        return text.toString();
    }
}
