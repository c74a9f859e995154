package magma.dht.host;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import magma.dht.storage.Mutation;

/** Mutations whose content nobody else uses. */
final class Copies {
    private Copies() {}

    static List<Mutation> of(List<Mutation> mutations) {
        boolean none = mutations.stream().noneMatch(Mutation.Write.class::isInstance);
        if (none) {
            return mutations;
        }
        List<Mutation> copies = new ArrayList<>(mutations.size());
        for (Mutation mutation : mutations) {
            copies.add(
                    mutation instanceof Mutation.Write write
                            ? new Mutation.Write(write.id(), write.offset(), write.generation(), copy(write.data()))
                            : mutation);
        }
        return copies;
    }

    private static ByteBuffer copy(ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining());
        copy.put(data.duplicate());
        return copy.flip();
    }
}
