package magma.dht.batch;

import java.util.List;
import java.util.UUID;
import magma.dht.record.ClientReply;
import magma.fs.Key;

/**
 * The operation of a client's session that a batch carries out. It is recorded with the batch, so that no retry of it, by whomever, happens again.
 *
 * @param slot 0 to 65535; a session has one operation at a time in each
 * @param sequence grows with each operation of the slot
 * @param answer what a retry is told: the keys of the flares that were made, moved or unlinked
 */
public record ClientRequest(UUID session, int slot, long sequence, List<Key> answer) {
    public ClientRequest {
        RequestId.checkSlot(slot);
        answer = new ClientReply(sequence, answer).answer();
    }
}
