package magma.dht.council;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What became of a command. */
public sealed interface Result {
    /** Whether all that was asked for happened. */
    default boolean accepted() {
        return true;
    }

    default byte[] encode() {
        return ResultCodec.encode(this);
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no result */
    static Result decode(byte[] bytes) {
        return ResultCodec.decode(bytes);
    }

    /**
     * It happened.
     *
     * @param version of the state then
     */
    record Accepted(long version) implements Result {}

    /** It was refused, and nothing changed. */
    record Conflict(String reason) implements Result {
        public Conflict {
            Fields.checkText("a reason", reason, Fields.MAX_REASON);
        }

        @Override
        public boolean accepted() {
            return false;
        }
    }

    /**
     * Of {@link CouncilCommand.ChangeSlices} and {@link CouncilCommand.Place}.
     *
     * @param version of the state then
     * @param changed the slices for which it happened
     * @param refused the others, with the reason; the state has their current configuration
     */
    record SlicesChanged(long version, SortedSet<Long> changed, SortedMap<Long, String> refused) implements Result {
        public SlicesChanged {
            changed = Collections.unmodifiableSortedSet(new TreeSet<>(changed));
            refused = Collections.unmodifiableSortedMap(new TreeMap<>(refused));
        }

        @Override
        public boolean accepted() {
            return refused.isEmpty();
        }
    }

    /** Of {@link CouncilCommand.AttachSession}: the session as it is now. */
    record Attached(long version, SessionRecord session) implements Result {}

    /** Of {@link CouncilCommand.RedeemToken}: the invitation, used. */
    record Redeemed(long version, TokenRecord token) implements Result {}
}
