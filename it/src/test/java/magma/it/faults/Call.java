package magma.it.faults;

import magma.testkit.history.RegisterCall;

/**
 * One call on one register: a file that is replaced as a whole. Its value is what it holds; 0 where there is none.
 *
 * @param invoked nanoseconds
 * @param returned {@link #NEVER} when it is not known whether it happened
 * @param value that was read, or is written
 * @param done of a removal or creation: whether it found what it needs, a file or none
 * @param client who called, for people
 */
record Call(Kind kind, long value, boolean done, long invoked, long returned, String client) implements RegisterCall {
    enum Kind {
        READ,
        /** A rename over what is there. */
        REPLACE,
        /** A link where nothing may be. */
        CREATE,
        REMOVE
    }

    boolean isKnown() {
        return returned != NEVER;
    }

    @Override
    public boolean fits(long before) {
        return switch (kind) {
            case READ -> !isKnown() || before == value;
            case REPLACE -> true;
            case CREATE -> !isKnown() || done == (before == 0);
            case REMOVE -> !isKnown() || done == (before != 0);
        };
    }

    @Override
    public long after(long before) {
        return switch (kind) {
            case READ -> before;
            case REPLACE -> value;
            case CREATE -> before == 0 ? value : before;
            case REMOVE -> 0;
        };
    }
}
