package magma.dht.namespace;

import java.util.List;
import java.util.UUID;
import magma.dht.batch.ClientRequest;
import magma.fs.Key;

/**
 * One operation of a client's session, by which a retry is recognised at whichever vulcano it arrives: what was done is not done again, and answered as it was.
 *
 * @param slot 0 to 65535; a session has one operation at a time in each
 * @param sequence grows with each operation of the slot
 * @param retry whether the operation may have been carried out before
 */
public record ClientCall(UUID session, int slot, long sequence, boolean retry) {

    ClientRequest answering(List<Key> answer) {
        return new ClientRequest(session, slot, sequence, answer);
    }
}
