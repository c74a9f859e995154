package magma.dht.wire;

import java.util.List;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.replication.SliceConfig;
import magma.dht.storage.Installed;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** The answer to a {@link PeerRequest}. */
public sealed interface PeerReply extends Reply.OfPeer {

    /**
     * The vulcano does not lead the slice. What was asked for was not done, or it is not known.
     *
     * @param config what it knows of the council's word; null for nothing
     */
    record NotPrimary(@Nullable SliceConfig config) implements PeerReply {}

    record OutcomeOf(Outcome outcome) implements PeerReply {}

    record ReadingOf(@Nullable StoredRecord record, SliceState.@Nullable LockedBy lock) implements PeerReply {}

    /** @param more whether there may be more records within what was asked for */
    record RecordsOf(List<StoredRecord> records, boolean more) implements PeerReply {
        public RecordsOf {
            records = List.copyOf(records);
        }
    }

    record RunsOf(List<Storage.Run> runs) implements PeerReply {
        public RunsOf {
            runs = List.copyOf(runs);
        }
    }

    record FoundIds(List<RecordId> ids) implements PeerReply {
        public FoundIds {
            ids = List.copyOf(ids);
        }
    }

    record PendingOf(List<SliceState.LockedBy> pending) implements PeerReply {
        public PendingOf {
            pending = List.copyOf(pending);
        }
    }

    /** A record's id and version. */
    record Listed(RecordId id, Version version) {}

    /**
     * @param incarnation of the state that is copied: another in each of the source's processes, and after each time when it was itself restored
     * @param committed what the source had committed before it looked
     * @param more whether there are more
     */
    record ListingOf(long incarnation, Version committed, List<Listed> records, boolean more) implements PeerReply {
        public ListingOf {
            records = List.copyOf(records);
        }
    }

    /**
     * @param incarnation as in {@link ListingOf}
     * @param next the place in what was asked for of the first record that is not in the answer
     */
    record CopiesOf(long incarnation, List<Installed> items, int next) implements PeerReply {
        public CopiesOf {
            items = List.copyOf(items);
        }
    }

    /**
     * A record's id, version and digest.
     *
     * @param digest empty where the record changed while it was read
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Digested(RecordId id, Version version, byte[] digest) {}

    /**
     * Digests of one replica's records.
     *
     * @param committed up to where the replica had committed before it looked
     * @param until up to where it had when it was done
     * @param next where the next digest goes on; the end of what was asked for when all is in this one
     * @param count of the records
     * @param digest of all of them together; two that are equal are of equal records
     * @param records one by one, where that was wanted
     */
    @SuppressWarnings("ArrayRecordComponent")
    record DigestsOf(Version committed, Version until, RecordId next, int count, byte[] digest, List<Digested> records)
            implements PeerReply {
        public DigestsOf {
            records = List.copyOf(records);
        }
    }

    @SuppressWarnings("ArrayRecordComponent")
    record CouncilAnswer(byte[] bytes) implements PeerReply {}

    /** @param flares of the slices that the vulcano leads */
    record CensusOf(long flares, long total, long used, long available) implements PeerReply {}
}
