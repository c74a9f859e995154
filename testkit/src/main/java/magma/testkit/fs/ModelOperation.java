package magma.testkit.fs;

import java.util.Arrays;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * Something that is done to both sides of a comparison.
 *
 * @param text what it is, for people
 * @param act does it
 */
record ModelOperation(String text, Act act) {

    @FunctionalInterface
    interface Act {
        /** @return what both sides must agree on */
        String run(ModelSide side) throws FsException;
    }

    /** The result, or the reason of the refusal: a flare that is gone is ENOENT, however it is said. */
    String run(ModelSide side) {
        try {
            return act.run(side);
        } catch (FsException e) {
            return (e.errno() == Errno.ESTALE ? Errno.ENOENT : e.errno()).name();
        }
    }

    /**
     * Whether two results are the same. Where a permission is missing and something else is wrong too, POSIX leaves open which of
     * the two is told; the suites of each area say where it matters.
     */
    static boolean agree(String one, String other) {
        return one.equals(other) || isRefusal(one) && isRefusal(other) && (isPermission(one) || isPermission(other));
    }

    private static boolean isPermission(String result) {
        return result.equals(Errno.EACCES.name()) || result.equals(Errno.EPERM.name());
    }

    private static boolean isRefusal(String result) {
        return Arrays.stream(Errno.values()).anyMatch(errno -> errno.name().equals(result));
    }

    @Override
    public String toString() {
        return text;
    }
}
