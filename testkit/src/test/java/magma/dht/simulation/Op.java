package magma.dht.simulation;

/**
 * What a client wants, and as an entry of the log what was done.
 *
 * @param client who asks; its session
 * @param number of the request in its session, 1 or more
 * @param expected what a compare-and-set must find
 * @param value what is written
 */
record Op(int client, long number, Kind kind, int key, long expected, long value, boolean sync) {
    enum Kind {
        READ,
        WRITE,
        COMPARE_AND_SET
    }

    /** @param value what was read; of other operations 1 for done, 0 for not as expected */
    record Reply(long number, long value) {}
}
