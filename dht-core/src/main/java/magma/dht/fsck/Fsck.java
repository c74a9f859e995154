package magma.dht.fsck;

import java.util.ArrayList;
import java.util.List;
import magma.dht.batch.SliceState.LockedBy;
import magma.dht.batch.StoredReply;
import magma.dht.codec.Decoder;
import magma.dht.codec.MalformedException;
import magma.dht.fsck.Problem.Kind;
import magma.dht.key.KeyScheme;
import magma.dht.record.ChunkLayout;
import magma.dht.record.Cleaning;
import magma.dht.record.ClientReply;
import magma.dht.record.Content;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.LockList;
import magma.dht.record.Orphan;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.Shard;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Reads every record of every slice and checks that link counts equal entries, shards count their entries, every directory is reached from the root, every entry
 * leads somewhere, every chunk belongs to a file, every reply can be read, and no transaction was left behind. Changes nothing.
 *
 * <p>A network in use may change between two reads; a problem that is not there when all is read again is not reported.
 */
public final class Fsck {
    private static final int PAGE = 1000;
    private static final int MOST_PROBLEMS = 1000;
    private static final int READINGS = 3;
    private static final int MOST_DEPTH = 100_000;

    private final Slices slices;
    private final Records records;
    private final Key root;
    private final KeyCounts names = new KeyCounts();
    private final KeyCounts reached = new KeyCounts();
    private final List<Problem> problems = new ArrayList<>();
    private long files;
    private long directories;
    private long others;
    private long entries;
    private long chunks;
    private long orphans;

    private Fsck(Slices slices, KeyScheme keys, Key root) {
        this.slices = slices;
        this.records = new Records(keys);
        this.root = root;
    }

    /** @throws FsException EIO when storage cannot be read */
    public static FsckReport run(Slices slices, KeyScheme keys, Key root) throws FsException {
        FsckReport report = new Fsck(slices, keys, root).read();
        for (int reading = 1; reading < READINGS && !report.isClean(); reading++) {
            FsckReport again = new Fsck(slices, keys, root).read();
            List<Problem> lasting = new ArrayList<>(again.problems());
            lasting.retainAll(report.problems());
            report = new FsckReport(
                    again.files(),
                    again.directories(),
                    again.others(),
                    again.entries(),
                    again.chunks(),
                    again.orphans(),
                    lasting);
        }
        return report;
    }

    private FsckReport read() throws FsException {
        each(RecordKind.ENTRY, this::entry);
        each(RecordKind.SHARD, this::shard);
        for (Slice slice : slices.map().slices()) {
            long before = files + directories + others;
            eachIn(slice, RecordKind.FLARE, this::flare);
            count(slice, files + directories + others - before);
            for (LockedBy lock : slices.pending(slice)) {
                found(Kind.EXPIRED_INTENT, "slice " + slice.number(), "transaction " + lock.transaction());
            }
        }
        each(RecordKind.INLINE, this::inline);
        each(RecordKind.XATTR, this::xattr);
        each(RecordKind.CHUNK, this::chunk);
        each(RecordKind.SPAN, this::span);
        each(RecordKind.ORPHAN, this::orphan);
        each(RecordKind.LOCKS, this::locks);
        each(RecordKind.REPLY, this::reply);
        each(RecordKind.CLIENT_REPLY, this::clientReply);
        return new FsckReport(files, directories, others, entries, chunks, orphans, problems);
    }

    @FunctionalInterface
    private interface Check {
        void check(StoredRecord record) throws FsException;
    }

    private void each(RecordKind kind, Check check) throws FsException {
        for (Slice slice : slices.map().slices()) {
            eachIn(slice, kind, check);
        }
    }

    private void eachIn(Slice slice, RecordKind kind, Check check) throws FsException {
        RecordId next = RecordId.of(slice.first(), kind.code());
        RecordId end = Records.end(kind, slice.last());
        List<StoredRecord> page;
        do {
            page = slices.scan(slice, next, end, PAGE);
            for (StoredRecord record : page) {
                try {
                    check.check(record);
                } catch (MalformedException e) {
                    found(Kind.UNREADABLE, record.id().toString(), String.valueOf(e.getMessage()));
                }
                next = record.id().successor();
            }
        } while (page.size() == PAGE);
    }

    private void entry(StoredRecord record) throws FsException {
        entries++;
        Entry entry = Entry.decode(record.value());
        Key directory = Records.owner(record.id());
        if (!records.entry(directory, Records.entryName(record.id())).equals(record.id())) {
            found(Kind.MISPLACED, record.id().toString(), "an entry that is not where its name says");
        }
        if (value(Records.shard(directory, slices.map().of(record.id().key()))) == null) {
            found(Kind.WRONG_SHARD, record.id().toString(), "an entry in a directory without a shard here");
        }
        names.add(entry.flare(), 1);
        Flare flare = flareOrNull(entry.flare());
        if (flare == null || flare.type() != entry.type()) {
            found(
                    Kind.DANGLING_ENTRY,
                    record.id().toString(),
                    Records.entryName(record.id()) + " leads to " + (flare == null ? "nothing" : "a " + flare.type()));
        } else if (flare.special() instanceof Flare.Special.Directory special
                && !special.parent().equals(directory)) {
            found(
                    Kind.UNREACHABLE,
                    entry.flare().toString(),
                    "its entry is in " + directory + ", its parent is another");
        }
    }

    private void shard(StoredRecord record) throws FsException {
        Shard shard = Shard.decode(record.value());
        Key directory = Records.owner(record.id());
        Slice slice = slices.map().of(record.id().key());
        if (!Records.shard(directory, slice).equals(record.id())) {
            found(Kind.MISPLACED, record.id().toString(), "a shard that is not where its directory says");
            return;
        }
        Flare flare = flareOrNull(directory);
        if (flare == null || !flare.isDirectory() || flare.links() == 0) {
            found(Kind.WRONG_SHARD, record.id().toString(), "a shard of no directory");
            return;
        }
        if (!flare.rights().equals(shard.rights())) {
            found(Kind.WRONG_SHARD, record.id().toString(), "its rights are not the directory's");
        }
        long[] counts = countEntries(directory, slice);
        if (counts[0] != shard.entries() || counts[1] != shard.subdirectories()) {
            found(
                    Kind.WRONG_SHARD,
                    record.id().toString(),
                    "it counts " + shard.entries() + " entries, " + shard.subdirectories() + " directories; there are "
                            + counts[0] + " and " + counts[1]);
        }
    }

    private long[] countEntries(Key directory, Slice slice) throws FsException {
        long[] counts = new long[2];
        Key first = KeyScheme.windowFirst(directory);
        Key last = KeyScheme.windowLast(directory);
        RecordId next =
                RecordId.of(first.compareTo(slice.first()) < 0 ? slice.first() : first, RecordKind.ENTRY.code());
        RecordId end = Records.end(RecordKind.ENTRY, last.compareTo(slice.last()) > 0 ? slice.last() : last);
        List<StoredRecord> page;
        do {
            page = slices.scan(slice, next, end, PAGE);
            for (StoredRecord record : page) {
                if (Records.owner(record.id()).equals(directory)) {
                    counts[0]++;
                    counts[1] += Entry.decode(record.value()).type() == FlareType.DIRECTORY ? 1 : 0;
                }
                next = record.id().successor();
            }
        } while (page.size() == PAGE);
        return counts;
    }

    private void flare(StoredRecord record) throws FsException {
        Flare flare = Flare.decode(record.value());
        Key key = record.id().key();
        switch (flare.type()) {
            case FILE -> files++;
            case DIRECTORY -> directories++;
            default -> others++;
        }
        int expected = key.equals(root) ? names.of(key) + 1 : names.of(key);
        if (flare.links() != expected) {
            found(
                    Kind.WRONG_LINK_COUNT,
                    key.toString(),
                    "it says " + flare.links() + " links and has " + expected + " names");
        }
        if (flare.links() == 0 && value(Records.orphan(key)) == null) {
            found(Kind.LOST_FLARE, key.toString(), "a " + flare.type() + " without a name");
        }
        if (flare.isDirectory() && flare.links() > 0) {
            shards(key);
            reach(key, flare);
        }
    }

    private void shards(Key directory) throws FsException {
        for (Slice slice : slices.map().within(KeyScheme.windowFirst(directory), KeyScheme.windowLast(directory))) {
            if (value(Records.shard(directory, slice)) == null) {
                found(Kind.WRONG_SHARD, directory.toString(), "no shard in slice " + slice.number());
            }
        }
    }

    /** Walks up until a directory that is known to be reached from the root. */
    private void reach(Key key, Flare flare) throws FsException {
        List<Key> walked = new ArrayList<>();
        Key at = key;
        Flare current = flare;
        while (!at.equals(root) && reached.of(at) == 0) {
            walked.add(at);
            if (walked.size() > MOST_DEPTH || !(current.special() instanceof Flare.Special.Directory directory)) {
                found(Kind.UNREACHABLE, key.toString(), "its parents do not lead to the root");
                return;
            }
            at = directory.parent();
            Flare parent = flareOrNull(at);
            if (parent == null) {
                found(Kind.UNREACHABLE, key.toString(), "its parent " + at + " is not there");
                return;
            }
            current = parent;
        }
        walked.forEach(one -> reached.add(one, 1));
    }

    private void count(Slice slice, long flares) throws FsException {
        StoredRecord record = value(RecordId.of(slice.first(), RecordKind.COUNT.code()));
        long counted = record == null ? 0 : Decoder.decode("count of flares", record.value(), Decoder::i64);
        if (counted != flares) {
            found(Kind.WRONG_COUNT, "slice " + slice.number(), "it counts " + counted + " flares and holds " + flares);
        }
    }

    private void inline(StoredRecord record) throws FsException {
        Flare flare = flareOrNull(record.id().key());
        boolean belongs = flare != null
                && flare.special() instanceof Flare.Special.File file
                && file.content().inline()
                && record.value().length <= Content.MAX_INLINE;
        if (!belongs) {
            found(Kind.ORPHAN_CONTENT, record.id().toString(), "inline content of no inline file");
        }
    }

    private void xattr(StoredRecord record) throws FsException {
        if (flareOrNull(record.id().key()) == null) {
            found(Kind.ORPHAN_CONTENT, record.id().toString(), "an attribute of no flare");
        }
    }

    private void chunk(StoredRecord record) throws FsException {
        chunks++;
        Key owner = Records.owner(record.id());
        long index = Records.chunkIndex(record.id());
        Content content = content(owner);
        List<ChunkLayout> layouts =
                index < content.chunkLimit() ? List.of(content.layout()) : List.of(ChunkLayout.values());
        if (layouts.stream()
                .noneMatch(layout -> records.chunk(owner, index, layout).equals(record.id()))) {
            found(Kind.MISPLACED, record.id().toString(), "a chunk that is not where its file says");
        }
        if (index >= content.chunkLimit()) {
            if (!isToBeCleaned(owner, index)) {
                found(
                        Kind.ORPHAN_CONTENT,
                        record.id().toString(),
                        "chunk " + index + " of a flare that does not have it");
            }
        } else if (content.layout() == ChunkLayout.FIRST_NEAR && !isRecorded(owner, index / Records.SPAN_CHUNKS)) {
            found(Kind.ORPHAN_CONTENT, record.id().toString(), "chunk " + index + " where its flare knows of none");
        }
    }

    /** That of a new file where there is none. */
    private Content content(Key key) throws FsException {
        Flare flare = flareOrNull(key);
        return flare != null && flare.special() instanceof Flare.Special.File file ? file.content() : Content.EMPTY;
    }

    private boolean isRecorded(Key owner, long span) throws FsException {
        return span == 0 || value(Records.span(owner, span)) != null;
    }

    private void span(StoredRecord record) throws FsException {
        Key owner = record.id().key();
        long first = Records.spanNumber(record.id()) * Records.SPAN_CHUNKS;
        Content content = content(owner);
        boolean belongs = content.layout() == ChunkLayout.FIRST_NEAR && first < content.chunkLimit();
        if (!belongs && !isToBeCleaned(owner, first)) {
            found(Kind.ORPHAN_CONTENT, record.id().toString(), "a span of a flare that does not have it");
        }
    }

    private boolean isToBeCleaned(Key owner, long index) throws FsException {
        RecordId first = RecordId.of(owner, RecordKind.CLEANING.code());
        for (StoredRecord record :
                slices.scan(slices.map().of(owner), first, Records.end(RecordKind.CLEANING, owner), PAGE)) {
            Cleaning cleaning = Cleaning.decode(record.value());
            if (cleaning.gone() && index < cleaning.limit()) {
                return true;
            }
        }
        return false;
    }

    private void orphan(StoredRecord record) throws FsException {
        orphans++;
        Orphan.decode(record.value());
        Flare flare = flareOrNull(record.id().key());
        if (flare == null || flare.links() != 0) {
            found(Kind.LOST_FLARE, record.id().toString(), "an orphan's record without an orphan");
        }
    }

    private void locks(StoredRecord record) throws FsException {
        LockList.decode(record.value());
        if (flareOrNull(record.id().key()) == null) {
            found(Kind.ORPHAN_CONTENT, record.id().toString(), "locks on no flare");
        }
    }

    private void reply(StoredRecord record) {
        StoredReply.decode(record.value());
        slot(record.id());
    }

    private void clientReply(StoredRecord record) {
        ClientReply.decode(record.value());
        slot(record.id());
    }

    private void slot(RecordId id) {
        boolean isPlaced = slices.map().of(id.key()).first().equals(id.key());
        if (!isPlaced || id.subKey().length != Records.SLOT_BYTES) {
            found(Kind.MISPLACED, id.toString(), "a reply that is not where its slice's are");
        }
    }

    private @Nullable Flare flareOrNull(Key key) throws FsException {
        StoredRecord record = value(Records.flare(key));
        return record == null ? null : Flare.decode(record.value());
    }

    private @Nullable StoredRecord value(RecordId id) throws FsException {
        return slices.read(id).record();
    }

    private void found(Kind kind, String where, String detail) {
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(new Problem(kind, where, detail));
        }
    }
}
