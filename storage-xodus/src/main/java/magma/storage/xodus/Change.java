package magma.storage.xodus;

import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** A mutation as it lies in the log: content is named by its place, not held. */
sealed interface Change {
    RecordId id();

    /** The change without what a {@link Copy} or {@link Installed} says of it. */
    default Change inner() {
        return this;
    }

    record Put(RecordId id, byte[] value) implements Change {}

    record Delete(RecordId id) implements Change {}

    record Punch(RecordId id, int from, int to) implements Change {}

    /**
     * @param data the position in the log of the first byte
     * @param crcs as {@link Blocks} makes them
     */
    record Write(RecordId id, int offset, long generation, int length, long data, int[] crcs) implements Change {
        int to() {
            return offset + length;
        }
    }

    /** Says of a chunk only which version it has. Among copies alone. */
    record Stamp(RecordId id) implements Change {}

    /**
     * The cleaner moved what another record said.
     *
     * @param version under which it is stored: of a chunk, the version of the whole
     * @param source where it lay: the position of the log record, or of a write's first byte
     */
    record Copy(Version version, long source, Change change) implements Change {
        @Override
        public RecordId id() {
            return change.id();
        }

        @Override
        public Change inner() {
            return change;
        }
    }

    /**
     * What was taken over from another replica.
     *
     * @param version under which that stored it
     */
    record Installed(Version version, Change change) implements Change {
        @Override
        public RecordId id() {
            return change.id();
        }

        @Override
        public Change inner() {
            return change;
        }
    }

    /** The version under which this change stores something, where the log record itself has {@code other}. */
    default Version version(Version other) {
        if (this instanceof Copy copy) {
            return copy.version();
        }
        return this instanceof Installed installed ? installed.version() : other;
    }

    /** The change that a mutation will be once its content lies at {@code data}. */
    static Change of(Mutation mutation, long data, int[] crcs) {
        if (mutation instanceof Mutation.Put put) {
            return new Put(put.id(), put.value().clone());
        }
        if (mutation instanceof Mutation.Delete delete) {
            return new Delete(delete.id());
        }
        if (mutation instanceof Mutation.Punch punch) {
            return new Punch(punch.id(), punch.from(), punch.to());
        }
        Mutation.Write write = (Mutation.Write) mutation;
        return new Write(
                write.id(), write.offset(), write.generation(), write.data().remaining(), data, crcs);
    }
}
