package magma.storage.xodus;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.NavigableMap;
import java.util.UUID;
import magma.dht.storage.StorageException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log from where the index ends. A crash may have torn what was not synced: the log ends where it stops to make sense. Where something
 * is damaged that was synced, the storage does not open. Nothing on the disk changes before {@link #cut}.
 */
final class Recovery {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final IndexState state;
    private final long from;
    private Verdicts verdicts;
    private long synced;
    private long end;
    private Torn torn = Torn.NOTHING;

    /** Records whose content was not yet known to be synced. */
    private final ArrayDeque<Frame> unsure = new ArrayDeque<>();

    /**
     * @param segments all that there are; those that {@link #cut} deletes are taken out
     * @param state of the index
     */
    Recovery(StorageDirectory directory, NavigableMap<Integer, SegmentFile> segments, IndexState state) {
        this.directory = directory;
        this.segments = segments;
        this.state = state;
        this.from = state.replay();
        this.synced = state.synced();
        this.end = from;
        this.verdicts = verdicts();
    }

    /** Goes through what the index has left out, and then through the log. */
    private void waiting(Replay replay) throws IOException, StorageException {
        for (long position : state.waiting()) {
            SegmentFile segment = segments.get(Position.segment(position));
            try {
                Frame frame = segment == null ? null : new FrameReader(segment, Position.offset(position)).next();
                if (frame == null || !frame.isEntry()) {
                    throw new DamagedException(position, "the record that waits there to be committed is missing");
                }
                replay.frame(frame, false);
            } catch (DamagedException e) {
                throw new StorageException("the log is damaged in " + directory.log() + "/" + Position.text(position)
                        + ": " + e.getMessage() + ". " + advice("check"));
            }
        }
    }

    private Verdicts verdicts() {
        Verdicts known = new Verdicts();
        known.note(state.known(), state.commits());
        return known;
    }

    /** What is to be done with each record that counts, in order. */
    interface Replay {
        /** @param committed false for a log record of a slice that is not */
        void frame(Frame frame, boolean committed) throws StorageException;
    }

    /**
     * What a crash tore.
     *
     * @param bytes behind the end of the log
     * @param segments that lie behind it as a whole
     */
    record Torn(long bytes, List<SegmentFile> segments, String why) {
        static final Torn NOTHING = new Torn(0, List.of(), "");
    }

    /** What lies behind the end that {@link #findEnd} found, in bytes. */
    long tornBytes() {
        return torn.bytes();
    }

    /** Finds the end of the log. @return where it is */
    long findEnd() throws StorageException {
        try {
            checkFirst();
            waiting((frame, committed) -> verdicts.note(frame));
            try {
                walk();
                verifyUnsure();
            } catch (DamagedException e) {
                settle(e);
            }
            return end;
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("reading the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }

    /** Cuts off what a crash tore, and makes all that was read survive a loss of power, so that it can be built upon. */
    void cut() throws StorageException {
        try {
            if (torn.bytes() > 0 || !torn.segments().isEmpty()) {
                cut(torn);
            }
            for (SegmentFile segment :
                    segments.tailMap(Position.segment(from), true).values()) {
                segment.sync();
            }
            Segments.syncDirectory(directory.log());
        } catch (IOException e) {
            throw new StorageException("syncing the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }

    private void checkFirst() throws StorageException {
        if (!segments.containsKey(Position.segment(from))) {
            throw new StorageException("segment " + SegmentFile.name(Position.segment(from)) + " is missing in "
                    + directory.log() + ", where the index expects the end of the log. " + advice("check"));
        }
    }

    private String advice(String verb) {
        return "Run: magma storage " + verb + " " + directory.path();
    }

    private void walk() throws IOException, DamagedException {
        for (SegmentFile segment :
                segments.tailMap(Position.segment(from), true).values()) {
            boolean first = segment.number() == Position.segment(from);
            checkHeader(segment, FrameReader.header(segment), directory.id(), first ? 0 : end);
            FrameReader reader = new FrameReader(segment, first ? Position.offset(from) : SegmentHeader.BYTES);
            end = reader.position();
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                end = frame.end();
                note(frame);
            }
        }
    }

    /** @param end where the segment before ends; 0 where that does not matter */
    private static void checkHeader(SegmentFile segment, SegmentHeader header, UUID storage, long end)
            throws DamagedException {
        if (!header.storage().equals(storage)) {
            throw new DamagedException(
                    Position.of(segment.number(), 0), "it belongs to another storage, " + header.storage(), true);
        }
        if (end != 0 && header.previous() != end) {
            throw new DamagedException(end, "the log goes on at " + Position.text(header.previous()));
        }
    }

    private void note(Frame frame) {
        synced = Math.max(synced, frame.synced());
        while (!unsure.isEmpty() && unsure.element().end() <= synced) {
            unsure.remove();
        }
        verdicts.note(frame);
        if (frame.dataLength() > 0) {
            unsure.add(frame);
        }
    }

    private void verifyUnsure() throws IOException, DamagedException {
        for (Frame frame : unsure) {
            SegmentFile segment = segments.get(Position.segment(frame.position()));
            if (segment != null) {
                FrameReader.verify(segment, frame);
            }
        }
    }

    /** Cuts the log at the damage, if that can come from a crash. */
    private void settle(DamagedException damage) throws IOException, StorageException {
        long at = damage.position();
        if (damage.foreign()) {
            throw new StorageException("the log in " + directory.log() + " cannot be read from " + Position.text(at)
                    + " on: " + damage.getMessage());
        }
        if (at < synced || foundLater(at)) {
            throw new StorageException("the log is damaged in " + directory.log() + "/" + Position.text(at) + ": "
                    + damage.getMessage()
                    + ". It was synced to the disk before, so this is no crash but a failing disk or a change by hand. "
                    + advice("check"));
        }
        try {
            // What is whole before the damage may have torn content itself.
            unsure.removeIf(frame -> frame.position() >= at);
            verifyUnsure();
        } catch (DamagedException earlier) {
            unsure.clear();
            settle(earlier);
            return;
        }
        endAt(at, String.valueOf(damage.getMessage()));
    }

    private boolean foundLater(long at) throws IOException {
        for (SegmentFile segment : segments.tailMap(Position.segment(at), true).values()) {
            int offset = segment.number() == Position.segment(at)
                    ? Math.max(Position.offset(at), SegmentHeader.BYTES)
                    : SegmentHeader.BYTES;
            if (FrameReader.knownSynced(segment, offset, at)) {
                return true;
            }
        }
        return false;
    }

    private void endAt(long at, String why) throws IOException {
        boolean whole = Position.offset(at) < SegmentHeader.BYTES;
        List<SegmentFile> behind =
                List.copyOf(segments.tailMap(Position.segment(at), whole).values());
        long bytes = 0;
        for (SegmentFile segment : behind) {
            bytes += segment.size();
        }
        SegmentFile last = segments.get(Position.segment(at));
        if (!whole && last != null) {
            bytes += Math.max(0, last.size() - Position.offset(at));
        }
        end = whole ? end : at;
        torn = new Torn(bytes, behind, why);
    }

    private void cut(Torn off) throws IOException {
        for (SegmentFile segment : off.segments()) {
            segments.remove(segment.number());
            segment.delete();
        }
        SegmentFile last = segments.get(Position.segment(end));
        if (last != null && last.size() > Position.offset(end)) {
            last.cut(Position.offset(end));
        }
        LOG.info(
                "The log in {} ends at {}: {}. {} bytes that were being written when the machine or process stopped were cut off; nothing that was synced is lost.",
                directory.log(),
                Position.text(end),
                off.why(),
                off.bytes());
    }

    /** Gives every record from the beginning to the end that was not truncated. Call {@link #findEnd} before. */
    void replay(Replay replay) throws StorageException {
        if (torn.bytes() > 0) {
            // What was told behind the end was never told.
            Verdicts sound = verdicts();
            each((frame, committed) -> sound.note(frame));
            verdicts = sound;
        }
        each((frame, committed) -> {
            if (!verdicts.isTruncated(frame)) {
                replay.frame(frame, !frame.isEntry() || verdicts.isCommitted(frame));
            }
        });
    }

    private void each(Replay replay) throws StorageException {
        try {
            waiting(replay);
            for (SegmentFile segment : segments.subMap(Position.segment(from), true, Position.segment(end), true)
                    .values()) {
                boolean first = segment.number() == Position.segment(from);
                FrameReader reader = new FrameReader(segment, first ? Position.offset(from) : SegmentHeader.BYTES);
                for (Frame frame = next(reader); frame != null; frame = next(reader)) {
                    replay.frame(frame, false);
                }
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException | DamagedException e) {
            throw new StorageException("reading the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }

    private @Nullable Frame next(FrameReader reader) throws IOException, DamagedException {
        return reader.position() < end ? reader.next() : null;
    }
}
