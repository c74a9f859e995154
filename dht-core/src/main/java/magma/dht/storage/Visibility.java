package magma.dht.storage;

/**
 * Which bytes of a chunk count. Each stored run of bytes has the generation in which it was written; a truncation raises the generation and cuts all older
 * ones, so that what lies behind a cut reads as zeros though it is still stored.
 */
@FunctionalInterface
public interface Visibility {
    /** All that is stored counts. */
    Visibility ALL = generation -> Mutation.CHUNK_BYTES;

    /** The offset in the chunk at and after which bytes written in {@code generation} do not count; 0 to {@link Mutation#CHUNK_BYTES}. */
    int limit(long generation);
}
