package magma.dht.council;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * Which council of the network this is: the first, or one that was founded again after the council before it was lost. Of two, the higher number counts.
 *
 * @param number 1 for the first
 * @param group names this council alone, so that two that were founded again apart are told from each other
 */
public record Founding(long number, UUID group) {
    public Founding {
        if (number < 1) {
            throw new IllegalArgumentException("founding " + number);
        }
    }

    /** The next council, in the place of this one. */
    public Founding again(UUID nextGroup) {
        return new Founding(number + 1, nextGroup);
    }

    void write(Encoder to) {
        Fields.uuid(to.i64(number), group);
    }

    static Founding read(Decoder from) {
        return new Founding(from.i64(), Fields.uuid(from));
    }
}
