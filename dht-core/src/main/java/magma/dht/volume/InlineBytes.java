package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import magma.dht.batch.Operation;
import magma.dht.namespace.Namespace;
import magma.dht.record.Records;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** The bytes of a small file, which are kept in a record beside its flare; read when first asked for. Guarded by the lock of its {@link FileContent}. */
final class InlineBytes {
    private static final byte[] NONE = {};

    private final Key file;
    private final Namespace namespace;
    private byte @Nullable [] bytes;
    private int stored;
    private boolean isDirty;

    /** @param isStored whether there may be a record */
    InlineBytes(Key file, Namespace namespace, boolean isStored) {
        this.file = file;
        this.namespace = namespace;
        this.bytes = isStored ? null : NONE;
    }

    private byte[] bytes() throws FsException {
        byte[] known = bytes;
        if (known == null) {
            known = namespace.inline(file);
            stored = known.length;
            bytes = known;
        }
        return known;
    }

    int length() throws FsException {
        return bytes().length;
    }

    /** Fills {@code to}; with zeros behind the last byte. */
    void read(ByteBuffer to, long offset) throws FsException {
        byte[] known = bytes();
        int length = (int) Math.max(0, Math.min(to.remaining(), known.length - offset));
        if (length > 0) {
            to.put(known, (int) offset, length);
        }
        ChunkStore.zero(to);
    }

    void write(ByteBuffer from, int offset) throws FsException {
        int end = offset + from.remaining();
        byte[] known = bytes();
        byte[] written = known.length < end ? Arrays.copyOf(known, end) : known;
        from.get(written, offset, end - offset);
        become(written);
    }

    void cut(long length) throws FsException {
        byte[] known = bytes();
        become(known.length > length ? Arrays.copyOf(known, (int) length) : known);
    }

    /** Zeros from {@code from} to {@code to}, as far as there are bytes. */
    void zero(long from, long to) throws FsException {
        byte[] known = bytes();
        if (from < known.length) {
            byte[] zeroed = known.clone();
            Arrays.fill(zeroed, (int) from, (int) Math.min(known.length, Math.max(from, to)), (byte) 0);
            become(zeroed);
        }
    }

    /** Nothing is left of them, and that is to be stored. */
    void clear() {
        become(NONE);
    }

    private void become(byte[] now) {
        bytes = now;
        isDirty = true;
    }

    /** They go elsewhere. */
    byte[] take() throws FsException {
        byte[] taken = bytes();
        bytes = NONE;
        isDirty = false;
        return taken;
    }

    /** Nothing waits to be stored any more. */
    void drop() {
        isDirty = false;
    }

    /**
     * Adds what stores them.
     *
     * @param isInline whether the content is here, and not in chunks
     * @param wasInline the same as it is stored
     * @return how many bytes are stored then; to be told to {@link #stored} when it is done
     */
    int store(boolean isInline, boolean wasInline, List<Operation> operations) throws FsException {
        if (isInline && isDirty) {
            operations.add(new Operation.Put(Records.inline(file), bytes()));
            return bytes().length;
        } else if (!isInline && wasInline) {
            operations.add(new Operation.Remove(Records.inline(file)));
            return 0;
        }
        return stored;
    }

    /** How many bytes are stored. */
    int stored() {
        return stored;
    }

    void stored(int length) {
        stored = length;
        isDirty = false;
    }
}
