package magma.dht.wire;

import magma.fs.Caller;
import org.jspecify.annotations.Nullable;

/** Asks for one {@link Reply} with the same id. */
public sealed interface Request extends Message permits TreeRequest, FileRequest, AdminRequest, PeerRequest {

    /** On whose behalf it is made; null for those that say nothing of that. A record with a component of this name answers with that. */
    default @Nullable Caller caller() {
        return null;
    }

    /** Whether it changes nothing that another session could see. */
    default boolean isLook() {
        return false;
    }

    /** Whether it may be sent again when contact was lost before the reply: done twice, it does no more than once. */
    default boolean isRepeatable() {
        return isLook();
    }
}
