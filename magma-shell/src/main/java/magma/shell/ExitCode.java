package magma.shell;

/** How the command ends; docs/operations.md says what each means. */
final class ExitCode {
    static final int OK = 0;

    /** The operation failed, or a check found problems. */
    static final int FAILED = 1;

    /** The command was not written as it must be. */
    static final int USAGE = 2;

    /** No vulcano answers. */
    static final int UNREACHABLE = 3;

    /** Not done, because it would put data at risk or cannot be. */
    static final int REFUSED = 4;

    private ExitCode() {}
}
