package magma.fs;

import java.nio.ByteBuffer;

/**
 * A regular file that a session holds open. Safe for use by many threads. Reads see all writes that returned before, by any open
 * file of the volume. EBADF after {@link #close}, or when it is not open for what is asked.
 */
public interface OpenFile extends AutoCloseable {

    Key flare();

    /**
     * Reads at {@code offset} until {@code to} is full or the file ends; holes read as zeros.
     *
     * @return the number of bytes read; 0 at or after the end
     * @throws FsException EIO when stored bytes are damaged everywhere
     */
    int read(ByteBuffer to, long offset) throws FsException;

    /**
     * Writes all of {@code from} at {@code offset}; the file grows as needed. One write is atomic with regard to other writes and reads of
     * the volume. Drops set-user-id and set-group-id when {@code caller} is not the superuser, and {@link XattrName#CAPABILITY} in any case, as all that
     * changes content does.
     *
     * @return the number of bytes written, less than asked only where storage ran out within
     * @throws FsException ENOSPC; EFBIG; EIO when an earlier write through this open file could not be stored (told once)
     */
    int write(Caller caller, ByteBuffer from, long offset) throws FsException;

    /** Writes at what is the end of the file at that moment (O_APPEND). @return the offset at which it was written */
    long append(Caller caller, ByteBuffer from) throws FsException;

    /** Hands all that was written to storage; called at each close(2). @throws FsException EIO, ENOSPC as {@link #write}, told once */
    void flush() throws FsException;

    /**
     * Makes content, and with {@code attributes} all attributes, durable on return.
     *
     * @throws FsException EIO when something written before could not be made durable, told once for each open file
     */
    void sync(boolean attributes) throws FsException;

    /**
     * Makes the range part of the file: it grows to {@code offset + length} unless {@code keepSize}. New bytes read as zeros. Space is
     * promised only as far as it is free now.
     *
     * @throws FsException EINVAL for a negative offset or a length below 1; ENOSPC; EFBIG
     */
    void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException;

    /** Makes a hole; the size stays. @throws FsException EINVAL as {@link #allocate} */
    void punch(Caller caller, long offset, long length) throws FsException;

    /** The first offset at or after {@code offset} with data. @throws FsException ENXIO at or after the end, or when there is none */
    long seekData(long offset) throws FsException;

    /** The first offset at or after {@code offset} in a hole; the end of the file counts as one. @throws FsException ENXIO at or after the end */
    long seekHole(long offset) throws FsException;

    /**
     * Copies within the volume. Ranges of one file must not overlap.
     *
     * @return the number of bytes copied; less than asked at the source's end
     * @throws FsException EINVAL for overlap; else as {@link #read} and {@link #write}
     */
    long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException;

    /** Flushes, and lets go. The flare goes with its last name and last open file. Idempotent. @throws FsException as {@link #flush} */
    @Override
    void close() throws FsException;
}
