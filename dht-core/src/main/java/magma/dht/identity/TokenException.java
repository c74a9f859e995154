package magma.dht.identity;

/** A text is no token that could be used; the message says why, and what to do. */
public final class TokenException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Kind {
        /** Something else. */
        NO_TOKEN,
        /** A token with letters changed, missing or added. */
        DAMAGED,
        /** A token of a later release. */
        NEWER,
        /** Its time is over. */
        EXPIRED
    }

    private final Kind kind;

    TokenException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
