package magma.dht.storage;

import java.nio.ByteBuffer;

/** One change of what is stored. Applying a mutation twice gives what applying it once gives. */
public sealed interface Mutation {
    /** The longest content of one chunk: {@value} bytes. */
    int CHUNK_BYTES = 1 << 20;

    RecordId id();

    /** The record becomes {@code value}. */
    record Put(RecordId id, byte[] value) implements Mutation {}

    /** The record, or the chunk with all its content, goes. Nothing happens where there is none. */
    record Delete(RecordId id) implements Mutation {}

    /**
     * Bytes {@code offset} on of a chunk become {@code data}, in the given generation (see {@link Visibility}).
     *
     * @param id names the chunk; a chunk is there as soon as something was written to it
     * @param data the bytes from position to limit, which are not consumed; at least one
     */
    record Write(RecordId id, int offset, long generation, ByteBuffer data) implements Mutation {
        public Write {
            if (offset < 0 || !data.hasRemaining() || offset + data.remaining() > CHUNK_BYTES) {
                throw new IllegalArgumentException(
                        offset + " to " + (offset + data.remaining()) + " is no range of a chunk");
            }
        }
    }

    /** Bytes {@code from} to {@code to} (exclusive) of a chunk become a hole. A chunk without content is no longer there. */
    record Punch(RecordId id, int from, int to) implements Mutation {
        public Punch {
            if (from < 0 || to <= from || to > CHUNK_BYTES) {
                throw new IllegalArgumentException(from + " to " + to + " is no range of a chunk");
            }
        }
    }
}
