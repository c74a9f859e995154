package magma.dht.batch;

import java.util.List;
import java.util.Map;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.fs.Key;

/** What a slice's primary answers to a {@link Command}. */
public sealed interface Outcome {

    /**
     * It is done.
     *
     * @param written the new values of the flares that were put, and of the cleanings: what callers look at
     * @param allocated by how many bytes the chunks that were written take more (or less) now
     */
    record Done(Map<RecordId, byte[]> written, long allocated) implements Outcome {
        /** Done, without anything to tell. */
        public static final Done NOTHING = new Done(Map.of(), 0);
    }

    /** Nothing was done: a condition no longer holds. Compose the batch again from what is there now. */
    record Stale(RecordId id) implements Outcome {}

    /** Nothing was done: another transaction has prepared to change the record. */
    record Blocked(TransactionId transaction, Key decidedAt) implements Outcome {}

    /**
     * How a transaction ended: the answer to {@link Command.Abandon}.
     *
     * @param now whether it ended by this very command
     */
    record Ended(boolean committed, boolean now) implements Outcome {}

    /** Nothing was done: nothing of the transaction is prepared in the slice. */
    record NotPrepared() implements Outcome {}

    /** Nothing was done: the transaction had been abandoned before it could be decided. */
    record Abandoned() implements Outcome {}

    /** Nothing was done: a later request of the same slot has come before. Whoever sent this one does not wait for it any more. */
    record Superseded() implements Outcome {}

    /**
     * Nothing was done: the client's operation had been carried out before.
     *
     * @param answer as {@link ClientRequest#answer} was
     */
    record AlreadyDone(List<Key> answer) implements Outcome {
        public AlreadyDone {
            answer = List.copyOf(answer);
        }
    }

    /** A part is done, as much as goes into one log record: the command is to be given again, as a new request. */
    record More(Done done) implements Outcome {}

    /** Nothing was done: there is no room. */
    record Full() implements Outcome {}
}
