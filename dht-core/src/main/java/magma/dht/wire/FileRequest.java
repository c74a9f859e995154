package magma.dht.wire;

import java.nio.ByteBuffer;
import java.util.Set;
import magma.fs.Caller;
import magma.fs.Key;
import magma.fs.OpenOption;

/**
 * Opening, and calls of {@link magma.fs.OpenFile} and {@link magma.fs.OpenDirectory}. A handle is a number above 0 that the vulcano gave for this connection;
 * EBADF for any other.
 */
public sealed interface FileRequest extends Request {
    /** Where a handle may be left out. */
    long NO_HANDLE = 0;

    /** One that may be sent again. */
    sealed interface Repeatable extends FileRequest {
        @Override
        default boolean isRepeatable() {
            return true;
        }
    }

    /** One that only looks. */
    sealed interface Look extends FileRequest {
        @Override
        default boolean isLook() {
            return true;
        }
    }

    /** Answered by {@link Reply.Opened}. */
    record OpenFile(Caller caller, Key file, Set<OpenOption> options) implements FileRequest {
        @Override
        public boolean isRepeatable() {
            return !options.contains(OpenOption.TRUNCATE);
        }
    }

    /** After contact was lost: opens what was open, without asking for permission again. Answered by {@link Reply.Opened}. */
    record ReopenFile(Key file, Set<OpenOption> options) implements Repeatable {}

    /** Answered by {@link Reply.Opened}. */
    record OpenDirectory(Caller caller, Key directory) implements Repeatable {}

    /** As {@link ReopenFile}. */
    record ReopenDirectory(Key directory) implements Repeatable {}

    /**
     * Answered by {@link Reply.Content}, shorter than asked at the end of the file only.
     *
     * @param length 1 to {@link Frame#CONTENT_BYTES}
     */
    record Read(long handle, long offset, int length) implements Look {}

    /**
     * Answered by {@link Reply.Amount}, the bytes written.
     *
     * @param content at most {@link Frame#CONTENT_BYTES}; a view into the frame on the side that reads it
     */
    record Write(long handle, Caller caller, long offset, ByteBuffer content) implements FileRequest {}

    /** Answered by {@link Reply.Amount}, the offset. */
    record Append(long handle, Caller caller, ByteBuffer content) implements FileRequest {}

    /** Answered by {@link Reply.Done}. */
    record Flush(long handle) implements Repeatable {}

    /** Answered by {@link Reply.Done}. */
    record Sync(long handle, boolean attributes) implements Repeatable {}

    /** Answered by {@link Reply.Done}. */
    record Allocate(long handle, Caller caller, long offset, long length, boolean keepSize) implements FileRequest {}

    /** Answered by {@link Reply.Done}. */
    record Punch(long handle, Caller caller, long offset, long length) implements FileRequest {}

    /** Answered by {@link Reply.Amount}. */
    record Seek(long handle, long offset, boolean hole) implements Look {}

    /** Answered by {@link Reply.Amount}, the bytes copied. */
    record Copy(long handle, Caller caller, long offset, long toHandle, long toOffset, long length)
            implements FileRequest {}

    /** A page of a directory. Answered by {@link Reply.Page}. */
    record ListEntries(long handle, long cookie, int most, boolean attributes) implements Look {}

    /** Answered by {@link Reply.Done}. */
    record SyncDirectory(long handle) implements Repeatable {}

    /** Of files and directories. Answered by {@link Reply.Done}. */
    record Close(long handle) implements FileRequest {}
}
