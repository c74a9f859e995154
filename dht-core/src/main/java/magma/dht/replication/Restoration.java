package magma.dht.replication;

import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * How far a replica has come with getting the state of another.
 *
 * <pre>
 *   NONE     the log here is good. Where a copy has an end, the log has still to reach it: until then the state may hold some of what comes before it and lack some
 *   WANTED   there is no state here, and no copy under way
 *   RUNNING  the owner makes a copy
 * </pre>
 */
final class Restoration {
    private enum Stage {
        NONE,
        WANTED,
        RUNNING
    }

    private final long pause;
    private Stage stage = Stage.NONE;
    private long due;
    private @Nullable Version end;

    /** @param pause between two copies where one fails, nanoseconds */
    Restoration(long pause) {
        this.pause = pause;
    }

    void begin(long now) {
        if (stage != Stage.NONE) {
            throw new IllegalStateException("a copy is wanted already");
        }
        stage = Stage.WANTED;
        due = now;
        end = null;
    }

    /** Whether there is no state and no log here. */
    boolean isVoid() {
        return stage != Stage.NONE;
    }

    /** Whether a copy is to be made now; it is under way then. */
    boolean starts(long now) {
        if (stage != Stage.WANTED || now < due) {
            return false;
        }
        stage = Stage.RUNNING;
        return true;
    }

    /** When a copy is to be made; {@link Long#MAX_VALUE} where none is wanted. */
    long due() {
        return stage == Stage.WANTED ? due : Long.MAX_VALUE;
    }

    void failed(long now) {
        running();
        stage = Stage.WANTED;
        due = now + pause;
    }

    /** @param upTo what the copy has at most */
    void ended(Version upTo) {
        running();
        stage = Stage.NONE;
        end = upTo;
    }

    private void running() {
        if (stage != Stage.RUNNING) {
            throw new IllegalStateException("no copy is under way");
        }
    }

    /** What the log has to reach before the state is one of those that the primary's went through; null where it has. */
    @Nullable
    Version end() {
        return end;
    }

    void settled() {
        end = null;
    }
}
