package magma.dht.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.IdRange;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.VisibleCuts;

/**
 * What one vulcano asks of another; on connections for {@link Signal.Purpose#PEER} only. Those that name a slice are answered by {@link PeerReply.NotPrimary} where the
 * vulcano does not lead it.
 */
public sealed interface PeerRequest extends Request {

    /**
     * Carry out a command as the slice's primary. Answered by {@link PeerReply.OutcomeOf}.
     *
     * @param epoch of the slice, the latest that the sender knows
     */
    record Submit(long slice, long epoch, magma.dht.batch.Request request) implements PeerRequest {}

    /** A committed record. Answered by {@link PeerReply.ReadingOf}. */
    record ReadRecord(long slice, RecordId id) implements PeerRequest {}

    /** Committed records from {@code from} to {@code to}, exclusive. Answered by {@link PeerReply.RecordsOf}, of which there may be fewer than there are. */
    record ScanRecords(long slice, RecordId from, RecordId to, int most) implements PeerRequest {}

    /** Bytes of a chunk. Answered by {@link Reply.Content}. */
    record ReadChunk(long slice, RecordId chunk, int offset, int length, VisibleCuts cuts) implements PeerRequest {
        public ReadChunk {
            if (offset < 0 || length < 1 || length > Mutation.CHUNK_BYTES - offset) {
                throw new IllegalArgumentException(offset + " and " + length + " bytes on is no range of a chunk");
            }
        }
    }

    /** The runs of a chunk. Answered by {@link PeerReply.RunsOf}. */
    record ChunkRuns(long slice, RecordId chunk, VisibleCuts cuts) implements PeerRequest {}

    /** Which records there are in some ranges of a slice. Answered by {@link PeerReply.FoundIds}. */
    record FindRecords(long slice, List<IdRange> ranges) implements PeerRequest {
        /** The most ranges that may be asked about at once. */
        public static final int MOST = 4_096;

        /** The most records of each range that are answered. */
        public static final int MOST_OF_EACH = 1_024;

        public FindRecords {
            ranges = List.copyOf(ranges);
        }
    }

    /** The transactions prepared in a slice. Answered by {@link PeerReply.PendingOf}. */
    record PendingIn(long slice) implements PeerRequest {}

    /** Have all that the slice holds synced by all of its replicas. Answered by {@link Reply.Done}. */
    record SyncSlice(long slice) implements PeerRequest {}

    /** How many flares there are in the slices that the vulcano leads, and how full it is. Answered by {@link PeerReply.CensusOf}. */
    record TakeCensus() implements PeerRequest {}

    /** Ids and versions of a slice's records from {@code from} on, before {@code end}, to be copied. Answered by {@link PeerReply.ListingOf}. */
    record ListRecords(long slice, RecordId from, RecordId end, int most) implements PeerRequest {}

    /** Whole records of a slice, to be copied. Answered by {@link PeerReply.CopiesOf}, of which there may be fewer than were asked for. */
    record FetchRecords(long slice, List<RecordId> ids) implements PeerRequest {
        /** The most that may be asked for at once. */
        public static final int MOST = 4_096;

        public FetchRecords {
            ids = List.copyOf(ids);
        }
    }

    /**
     * A process of a vulcano has ended. Answered by {@link Reply.Done}. It is believed for its seal, whoever brings it; the same frame, with no id, is what a connection may
     * consist of that says nothing else.
     *
     * @param incarnation the process
     * @param seal that only vulcanos of the network can make
     */
    record DeathNotice(VulcanoId vulcano, long incarnation, byte[] seal) implements PeerRequest {
        /** Bytes of a seal: an HMAC with SHA-256 (RFC 2104). */
        public static final int SEAL_BYTES = 32;

        public DeathNotice {
            if (seal.length != SEAL_BYTES || incarnation < 1) {
                throw new IllegalArgumentException(
                        "the death of process " + incarnation + " with a seal of " + seal.length + " bytes");
            }
            seal = seal.clone();
        }

        @Override
        public byte[] seal() {
            return seal.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof DeathNotice notice
                    && notice.vulcano.equals(vulcano)
                    && notice.incarnation == incarnation
                    && Arrays.equals(notice.seal, seal);
        }

        @Override
        public int hashCode() {
            return Objects.hash(vulcano, incarnation);
        }

        @Override
        public String toString() {
            return "the death of process " + incarnation + " of " + vulcano;
        }
    }

    /**
     * What the vulcano's own replica of a slice has committed from {@code from} to {@code end}, exclusive, whether it leads or not. Answered by {@link PeerReply.DigestsOf},
     * which may end earlier.
     *
     * @param each whether records are wanted one by one, not only all of them together
     */
    record DigestRecords(long slice, RecordId from, RecordId end, boolean each) implements PeerRequest {}

    /** A word of the council's consensus. Answered by {@link PeerReply.CouncilAnswer}. */
    @SuppressWarnings("ArrayRecordComponent")
    record CouncilCall(byte[] bytes) implements PeerRequest {}
}
