package magma.fuse.protocol;

import java.nio.ByteBuffer;

/** Writes messages that the daemon sends unasked: whole ones, header included, from the start of {@code out}. */
public final class Notifications {
    private static final int INVALIDATE_NODE = 2;
    private static final int INVALIDATE_ENTRY = 3;
    private static final int INCREMENT_EPOCH = 8;
    private static final int EXPIRE_ONLY = 1;

    /** More than any notification takes. */
    public static final int MAX_BYTES = Replies.HEADER_BYTES + 16 + 256;

    private Notifications() {}

    /** FUSE_NOTIFY_INVAL_INODE: forget attributes and ACLs. Takes no lock in the kernel. */
    public static void putAttributesInvalid(ByteBuffer out, long node) {
        putNode(out, node, -1);
    }

    /** FUSE_NOTIFY_INVAL_INODE: forget all pages too. Waits for reads that are under way. */
    public static void putContentInvalid(ByteBuffer out, long node) {
        putNode(out, node, 0);
    }

    private static void putNode(ByteBuffer out, long node, long offset) {
        start(out);
        out.putLong(node).putLong(offset).putLong(0);
        finish(out, INVALIDATE_NODE);
    }

    /**
     * FUSE_NOTIFY_INVAL_ENTRY: ask again where {@code name} leads. Waits for what is going on in the directory.
     *
     * @param expireOnly whether an entry that still leads to the same node may stay in use (Linux 6.2)
     */
    public static void putEntryInvalid(ByteBuffer out, long directory, byte[] name, boolean expireOnly) {
        start(out);
        out.putLong(directory).putInt(name.length).putInt(expireOnly ? EXPIRE_ONLY : 0);
        out.put(name).put((byte) 0);
        finish(out, INVALIDATE_ENTRY);
    }

    /** FUSE_NOTIFY_INC_EPOCH (Linux 6.16): ask again where each name leads. */
    public static void putEpoch(ByteBuffer out) {
        start(out);
        finish(out, INCREMENT_EPOCH);
    }

    private static void start(ByteBuffer out) {
        out.clear().position(Replies.HEADER_BYTES);
    }

    private static void finish(ByteBuffer out, int code) {
        Replies.putHeader(out, 0, -code);
        out.flip();
    }
}
