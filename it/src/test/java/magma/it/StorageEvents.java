package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/** What a {@link StorageLoad} told, and what a storage must have of it after a loss of power. */
final class StorageEvents {
    private final long seed;
    private final List<Slice> slices = new ArrayList<>();
    private int syncs;

    /** Lines of the file at which appends began and ended, and how many were synced. */
    private static final class Slice {
        final List<Integer> began = new ArrayList<>();
        final List<Integer> ended = new ArrayList<>();
        int floor;
    }

    private StorageEvents(long seed) {
        this.seed = seed;
        for (int i = 0; i < StorageLoad.SLICES; i++) {
            slices.add(new Slice());
        }
    }

    /** @param file need not be there */
    static StorageEvents read(Path file, long seed) throws IOException {
        StorageEvents events = new StorageEvents(seed);
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        for (int line = 0; line < lines.size(); line++) {
            String[] words = lines.get(line).split(" ", -1);
            switch (words[0]) {
                case "began" -> events.slice(words[1]).began.add(line);
                case "ended" -> events.slice(words[1]).ended.add(line);
                case "synced" -> events.synced(words);
                default -> {}
            }
        }
        return events;
    }

    private Slice slice(String number) {
        return slices.get(Integer.parseInt(number) - 1);
    }

    private void synced(String[] words) {
        syncs++;
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            slice.floor = Math.max(slice.floor, Integer.parseInt(words[i + 1]));
        }
    }

    /** How many syncs were acknowledged. */
    int syncs() {
        return syncs;
    }

    /**
     * Does to the model what is left of the load.
     *
     * @param tails of the storage after the loss of power
     * @return what is not as was promised
     */
    List<String> repeat(Map<Long, Version> tails, Storage model) throws StorageException {
        List<String> problems = new ArrayList<>();
        int lost = Integer.MAX_VALUE;
        int kept = -1;
        for (int i = 0; i < slices.size(); i++) {
            long number = i + 1L;
            Slice slice = slices.get(i);
            Version before = model.tails().getOrDefault(number, Version.NONE);
            Version after = tails.getOrDefault(number, Version.NONE);
            long count = after.equals(before) ? 0 : after.sequence() - before.sequence();
            boolean follows = after.equals(before) || after.epoch() == before.epoch() + 1;
            if (!follows || count < slice.floor || count > slice.began.size()) {
                problems.add("slice " + number + " ended with " + before + " and ends with " + after + "; "
                        + slice.floor + " records were synced since, and " + slice.began.size() + " begun");
                continue;
            }
            StorageRecords records = new StorageRecords(number, seed, before);
            for (int n = 0; n < count; n++) {
                LogRecord record = records.next();
                model.append(record, Purpose.GROW);
                model.commit(number, record.version());
            }
            lost = Math.min(lost, count < slice.ended.size() ? slice.ended.get((int) count) : Integer.MAX_VALUE);
            kept = Math.max(kept, count > 0 ? slice.began.get((int) count - 1) : -1);
        }
        if (lost < kept) {
            problems.add("a record that was appended is lost, and one is there that came later");
        }
        return problems;
    }
}
