package magma.fs;

/** How a file is opened. Without READ and WRITE nothing can be read or written, but the flare is held. */
public enum OpenOption {
    READ,
    WRITE,
    /** Cut to length 0 while opening (O_TRUNC). */
    TRUNCATE,
    /** Each write is durable when it returns (O_SYNC and O_DSYNC). */
    SYNC
}
