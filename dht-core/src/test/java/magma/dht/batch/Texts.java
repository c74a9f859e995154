package magma.dht.batch;

import java.util.HexFormat;
import java.util.List;
import magma.dht.codec.Encoder;
import magma.dht.storage.Mutation;
import magma.dht.storage.StoredRecord;

/** What is compared by its bytes, in words. */
final class Texts {
    private Texts() {}

    static String of(Outcome outcome) {
        Encoder to = new Encoder();
        OutcomeCodec.write(to, outcome);
        return outcome.getClass().getSimpleName() + " " + HexFormat.of().formatHex(to.toBytes());
    }

    static String of(StoredRecord record) {
        return record.id() + "@" + record.version() + "=" + HexFormat.of().formatHex(record.value());
    }

    static String of(List<Mutation> mutations) {
        StringBuilder text = new StringBuilder();
        for (Mutation mutation : mutations) {
            text.append(
                            mutation instanceof Mutation.Put put
                                    ? "put " + put.id() + "=" + HexFormat.of().formatHex(put.value())
                                    : mutation.toString())
                    .append('\n');
        }
        return text.toString();
    }
}
