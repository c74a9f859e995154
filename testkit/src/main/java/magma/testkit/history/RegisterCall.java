package magma.testkit.history;

/** One call on one register, as its client saw it. */
public interface RegisterCall {
    /** {@link #returned} of a call that never did: it may have happened at any time since, or not. */
    long NEVER = Long.MAX_VALUE;

    /** When it was made; in any unit that is the same for all calls. */
    long invoked();

    /** When its result came, or {@link #NEVER}. */
    long returned();

    /** Whether its result is right where the register has {@code before}; any is where it never returned. */
    boolean fits(long before);

    /** What the register has afterwards. */
    long after(long before);
}
