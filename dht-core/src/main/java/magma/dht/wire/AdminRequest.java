package magma.dht.wire;

/** What an operator asks of a vulcano; on connections for {@link Signal.Purpose#ADMIN} only. */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface AdminRequest extends Request {
    /** The longest path asked for (PATH_MAX). */
    int PATH_BYTES = 4096;

    /** Answered by {@link Reply.StatusOf}. */
    record GetStatus() implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /** Ends the vulcano in order. Answered by {@link Reply.Done} before it begins. */
    record Stop() implements AdminRequest {}

    /** Checks the namespace. Answered by {@link Reply.Findings}. */
    record CheckNamespace() implements AdminRequest {}

    /**
     * Which keys and slices a path leads to. Answered by {@link Reply.Places}.
     *
     * @param path from the root, '/' between names
     */
    record Locate(byte[] path) implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /** Makes all durable. Answered by {@link Reply.Done}. */
    record FlushAll() implements AdminRequest {}
}
