package magma.fs;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Hears of what other sessions changed, so that caches of it can be dropped. A change is told no later than the call
 * that made it returns to its caller; it may be told twice.
 */
@FunctionalInterface
public interface ChangeListener {
    /** Hears nothing. */
    ChangeListener NONE = change -> {};

    /** One thing that is no longer what it was. */
    sealed interface Change {
        /** Attributes, ACLs or extended attributes of {@code flare} changed, and its content where {@code content}. */
        record OfFlare(Key flare, boolean content) implements Change {}

        /** The entry {@code name} of {@code directory} came, went, or leads elsewhere. */
        record OfEntry(Key directory, Name name) implements Change {}

        /** All may have changed: contact was lost for a while. */
        record OfEverything() implements Change {}
    }

    void changed(Change change);

    /** Completes, normally, when everybody who hears through this listener has heard of what it was told until now, or is gone. */
    default CompletionStage<Void> heard() {
        return CompletableFuture.completedFuture(null);
    }
}
