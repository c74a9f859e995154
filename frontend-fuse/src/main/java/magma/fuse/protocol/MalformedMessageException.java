package magma.fuse.protocol;

/** A message that is shorter than its type says, or holds what its type does not allow. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String detail) {
        super(detail);
    }
}
