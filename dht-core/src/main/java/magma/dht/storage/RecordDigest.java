package magma.dht.storage;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SHA-256 of what is stored under one id, and what such digests are made of. */
public final class RecordDigest {
    private static final int RECORD = 1;
    private static final int CHUNK = 2;

    private RecordDigest() {}

    /**
     * The digest of a record, with its version, or of a chunk's content.
     *
     * @param record null for none
     * @param content as {@link Storage#export} gives it; empty for what is no chunk
     */
    public static byte[] of(@Nullable StoredRecord record, List<Mutation.Write> content) {
        if (!content.isEmpty()) {
            MessageDigest digest = sha256(CHUNK);
            for (Mutation.Write write : content) {
                ByteBuffer data = write.data().duplicate();
                digest.update(numbers(write.offset(), data.remaining(), write.generation()));
                digest.update(data);
            }
            return digest.digest();
        }
        if (record == null) {
            return new byte[0];
        }
        MessageDigest digest = sha256(RECORD);
        digest.update(numbers(record.version().epoch(), record.version().sequence(), record.value().length));
        return digest.digest(record.value());
    }

    /** As they go into a digest. */
    public static ByteBuffer numbers(long a, long b, long c) {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .flip();
    }

    private static MessageDigest sha256(int kind) {
        MessageDigest digest = sha256();
        digest.update((byte) kind);
        return digest;
    }

    /** A new one. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
