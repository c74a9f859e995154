package magma.storage.xodus;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.fs.Key;
import magma.storage.xodus.StorageTool.Problem;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;

/** Reads all content of a storage that is in use. */
final class OnlineScrub {
    private static final int PAGE = 1000;

    private final EntryTable table;
    private final ContentReader reader;
    private final SegmentLog log;
    private final Progress progress;
    private final List<Problem> problems = new ArrayList<>();
    private long values;
    private long chunks;
    private long contentBytes;
    private long verified;

    OnlineScrub(EntryTable table, ContentReader reader, SegmentLog log, Progress progress) {
        this.table = table;
        this.reader = reader;
        this.log = log;
        this.progress = progress;
    }

    Report run() throws StorageException {
        RecordId from = RecordId.of(Key.MIN, 1);
        RecordId end = RecordId.of(Key.MAX, 255, new byte[RecordId.MAX_SUB_KEY_BYTES]);
        while (true) {
            log.checkOpen();
            List<StoredRecord> page = table.scan(from, end, PAGE);
            for (StoredRecord record : page) {
                look(record.id());
            }
            progress.at(values + chunks, values + chunks);
            if (page.size() < PAGE) {
                return new Report(
                        log.segments().size(), log.bytes(), 0, values, chunks, contentBytes, verified, 0, problems);
            }
            from = page.get(page.size() - 1).id().successor();
        }
    }

    private void look(RecordId id) throws StorageException {
        Entry entry = table.find(id);
        if (entry instanceof Entry.Value) {
            values++;
            return;
        }
        ExtentMap extents = entry.content();
        chunks += extents.isEmpty() ? 0 : 1;
        for (int i = 0; i < extents.size(); i++) {
            contentBytes += extents.get(i).length();
            verify(id, extents.get(i));
        }
    }

    private void verify(RecordId id, Extent extent) throws StorageException {
        try {
            verified += reader.verify(id, extent);
        } catch (SegmentFile.GoneException e) {
            // The cleaner copied it elsewhere, and checked it as it did.
            log.checkOpen();
        } catch (StorageException e) {
            SegmentFile segment = log.segment(Position.segment(extent.data()));
            Path file = segment == null ? Path.of(SegmentFile.name(Position.segment(extent.data()))) : segment.path();
            problems.add(new Problem(file, Position.offset(extent.data()), String.valueOf(e.getMessage())));
        }
    }
}
