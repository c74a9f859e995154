package magma.dht.record;

import magma.dht.codec.MalformedException;

/** The first byte of a record tells its format version. */
final class RecordFormat {
    private RecordFormat() {}

    static void check(String what, int found, int known) {
        if (found != known) {
            throw new MalformedException("a " + what + " of format " + found + "; this build reads format " + known
                    + ": use the build that wrote it, or a newer one");
        }
    }
}
