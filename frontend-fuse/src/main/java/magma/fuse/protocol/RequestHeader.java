package magma.fuse.protocol;

/**
 * What every request starts with (struct fuse_in_header).
 *
 * @param length bytes of the whole request, this header included
 * @param opcode see {@link Opcode}
 * @param unique names the request in its reply and in INTERRUPT
 * @param node the node id that the request is about; 0 for those about none
 * @param uid the caller's filesystem uid
 * @param gid the caller's filesystem gid
 * @param pid the calling thread; 0 when the kernel itself asks or the thread is not visible here
 */
public record RequestHeader(int length, int opcode, long unique, long node, int uid, int gid, int pid) {
    public static final int BYTES = 40;

    public static RequestHeader read(MessageReader in) throws MalformedMessageException {
        int length = in.word();
        int opcode = in.word();
        RequestHeader header = new RequestHeader(length, opcode, in.quad(), in.quad(), in.word(), in.word(), in.word());
        in.skip(Integer.BYTES);
        return header;
    }
}
