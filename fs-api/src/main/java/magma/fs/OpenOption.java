package magma.fs;

import java.util.EnumSet;
import java.util.Set;

/** How a file is opened. Without READ, WRITE and EXECUTE nothing can be read or written, but the flare is held. */
public enum OpenOption {
    READ,
    WRITE,
    /** Cut to length 0 while opening (O_TRUNC). */
    TRUNCATE,
    /** Each write is durable when it returns (O_SYNC and O_DSYNC). */
    SYNC,
    /**
     * To run it as a program: needs execute permission, and not read permission unless READ is given too. It can be read then, by whoever loads the program
     * and keeps its bytes from the caller.
     */
    EXECUTE;

    /** How a file is opened again that was opened so: it is not cut again, and as permission to run it was checked, it need only be readable. Not shared. */
    public static Set<OpenOption> whenOpenedAgain(Set<OpenOption> first) {
        Set<OpenOption> again = EnumSet.noneOf(OpenOption.class);
        again.addAll(first);
        again.remove(TRUNCATE);
        if (again.remove(EXECUTE)) {
            again.add(READ);
        }
        return again;
    }
}
