package magma.fs;

/**
 * Why an operation was refused, in the words of POSIX (IEEE Std 1003.1-2017, errno.h) and Linux.
 *
 * <p>The numbers are Linux's on x86-64 and arm64 (asm-generic/errno.h); the FUSE protocol and Magma's wire carry them.
 */
public enum Errno {
    EPERM(1),
    ENOENT(2),
    EINTR(4),
    EIO(5),
    ENXIO(6),
    E2BIG(7),
    EBADF(9),
    EAGAIN(11),
    ENOMEM(12),
    EACCES(13),
    EBUSY(16),
    EEXIST(17),
    EXDEV(18),
    ENODEV(19),
    ENOTDIR(20),
    EISDIR(21),
    EINVAL(22),
    ENFILE(23),
    ENOTTY(25),
    ETXTBSY(26),
    EFBIG(27),
    ENOSPC(28),
    ESPIPE(29),
    EROFS(30),
    EMLINK(31),
    ERANGE(34),
    EDEADLK(35),
    ENAMETOOLONG(36),
    ENOLCK(37),
    ENOSYS(38),
    ENOTEMPTY(39),
    ELOOP(40),
    ENODATA(61),
    EREMOTE(66),
    EPROTO(71),
    EOVERFLOW(75),
    EOPNOTSUPP(95),
    ENOTCONN(107),
    ETIMEDOUT(110),
    ESTALE(116),
    EDQUOT(122);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** Linux's number, positive. */
    public int number() {
        return number;
    }

    /**
     * The errno with Linux's number.
     *
     * @throws IllegalArgumentException when this enum has no such number
     */
    public static Errno of(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno;
            }
        }
        throw new IllegalArgumentException("no errno has the number " + number);
    }
}
