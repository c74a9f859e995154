package magma.dht.volume;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.record.FeatureLevel;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * Shuts out what comes late from homes of earlier terms, where chunks are in other slices than their file: a FENCE record in each such slice says which term of the file's slice has been there last,
 * and whoever changes chunks does so on the condition that it is unchanged since it was his. A home raises the fence before it first changes chunks in a slice, and before it says that
 * nothing is stored there. So it costs a look and a change for each two slices in a term. Safe for use by many threads.
 *
 * <p>Where all slices are led by one process for as long as it lives there are no fences, and none below {@link FeatureLevel#FIRST_NEAR}.
 */
final class ChunkFences {
    private static final int MOST_ATTEMPTS = 100;

    private final Slices slices;

    /** Those that stand, by the number of the files' slice. */
    private final Map<Long, Raised> raised = new ConcurrentHashMap<>();

    private record Raised(long term, Map<Slice, Version> versions) {}

    ChunkFences(Slices slices) {
        this.slices = slices;
    }

    /**
     * Shuts out all earlier terms from a slice.
     *
     * @return under which conditions chunks there may be changed in this term
     * @throws FsException EREMOTE when the term is over
     */
    List<Condition> raise(Term term, Slice slice) throws FsException {
        if (!slices.isShared() || slices.featureLevel() < FeatureLevel.FIRST_NEAR || slice.equals(term.slice())) {
            return List.of();
        }
        Raised fences = raised.compute(
                term.slice().number(),
                (number, known) -> known != null && known.term() >= term.number()
                        ? known
                        : new Raised(term.number(), new ConcurrentHashMap<>()));
        if (fences.term() != term.number()) {
            throw Term.elsewhere(term.slice());
        }
        RecordId id = Records.fence(slice, term.slice());
        Version version = fences.versions().get(slice);
        if (version == null) {
            version = raised(id, term, slice);
            fences.versions().put(slice, version);
        }
        return List.of(new Condition.AtVersion(id, version));
    }

    private Version raised(RecordId id, Term term, Slice slice) throws FsException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            StoredRecord record = slices.read(id).record();
            long last = record == null ? 0 : Decoder.decode("fence", record.value(), Decoder::i64);
            if (record != null && last == term.number()) {
                return record.version();
            } else if (last > term.number()) {
                throw Term.elsewhere(term.slice());
            }
            Condition unchanged =
                    record == null ? new Condition.Absent(id) : new Condition.AtVersion(id, record.version());
            Operation raise =
                    new Operation.Put(id, new Encoder(8).i64(term.number()).toBytes());
            // Where another was faster, the next look says who.
            Outcome unused = slices.submit(
                    slice, new Command.Apply(new Batch(List.of(unchanged), List.of(raise), Purpose.RELEASE)));
        }
        throw new FsException(Errno.EAGAIN, "others changed " + id + " " + MOST_ATTEMPTS + " times in between");
    }

    /** A fence is not what it was. @return what whoever met it is told */
    FsException broken(Term term, Slice slice) {
        Raised fences = raised.get(term.slice().number());
        if (fences != null && fences.term() == term.number()) {
            // A slice may have lost with its power what was not synced.
            fences.versions().remove(slice);
        }
        return Term.elsewhere(term.slice());
    }
}
