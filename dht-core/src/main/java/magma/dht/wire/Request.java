package magma.dht.wire;

/** Asks for one {@link Reply} with the same id. */
public sealed interface Request extends Message permits TreeRequest, FileRequest, AdminRequest, PeerRequest {

    /** Whether it changes nothing that another session could see. */
    default boolean isLook() {
        return false;
    }

    /** Whether it may be sent again when contact was lost before the reply: done twice, it does no more than once. */
    default boolean isRepeatable() {
        return isLook();
    }
}
