package magma.vulcano;

import java.io.IOException;
import java.time.Duration;
import magma.dht.council.Council;
import magma.dht.replication.VulcanoId;

/**
 * This vulcano's part in the council.
 *
 * @param council closed by who has the seat
 * @param answering what other members ask of this one
 */
record CouncilSeat(Council council, Answering answering) {

    /** Answers other members. May block for a while. */
    @FunctionalInterface
    interface Answering {
        byte[] answer(VulcanoId from, byte[] request);
    }

    /** Asks other members. Blocks. */
    @FunctionalInterface
    interface Asking {
        byte[] ask(VulcanoId to, byte[] request, Duration timeout) throws IOException;
    }

    /** Takes the seat. */
    @FunctionalInterface
    interface Maker {
        CouncilSeat take(Asking others) throws IOException;
    }
}
