package magma.fuse.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import magma.fs.Acl;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * A POSIX ACL as the value of an extended attribute (include/uapi/linux/posix_acl_xattr.h, version 2): 32 bits of version,
 * then for each entry 16 bits of tag, 16 of permissions and 32 of id; little-endian everywhere.
 */
public final class AclXattr {
    public static final String ACCESS = "system.posix_acl_access";
    public static final String DEFAULT = "system.posix_acl_default";

    private static final int VERSION = 2;
    private static final int ENTRY_BYTES = 8;

    private AclXattr() {}

    public static byte[] write(Acl acl) {
        ByteBuffer out = ByteBuffer.allocate(4 + acl.entries().size() * ENTRY_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(VERSION);
        for (Acl.Entry entry : acl.entries()) {
            out.putShort((short) number(entry.tag()))
                    .putShort((short) entry.permissions())
                    .putInt(entry.id());
        }
        return out.array();
    }

    /**
     * Reads a list; empty for one without entries, which means that there shall be none.
     *
     * @throws FsException EINVAL for what is no valid list; EOPNOTSUPP for another version
     */
    public static Optional<Acl> read(byte[] value) throws FsException {
        ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (value.length < 4 || (value.length - 4) % ENTRY_BYTES != 0) {
            throw new FsException(Errno.EINVAL, "an ACL of " + value.length + " bytes");
        }
        if (in.getInt() != VERSION) {
            throw new FsException(Errno.EOPNOTSUPP, "an ACL of version " + in.getInt(0));
        }
        List<Acl.Entry> entries = new ArrayList<>();
        while (in.hasRemaining()) {
            entries.add(entry(Short.toUnsignedInt(in.getShort()), Short.toUnsignedInt(in.getShort()), in.getInt()));
        }
        try {
            return entries.isEmpty() ? Optional.empty() : Optional.of(new Acl(entries));
        } catch (IllegalArgumentException e) {
            throw new FsException(Errno.EINVAL, "an invalid ACL", e);
        }
    }

    private static Acl.Entry entry(int number, int permissions, int id) throws FsException {
        for (Acl.Tag tag : Acl.Tag.values()) {
            if (number(tag) == number && permissions <= 7) {
                return new Acl.Entry(tag, id, permissions);
            }
        }
        throw new FsException(Errno.EINVAL, "an ACL entry with tag " + number + " and permissions " + permissions);
    }

    private static int number(Acl.Tag tag) {
        return switch (tag) {
            case USER_OBJECT -> 0x01;
            case USER -> 0x02;
            case GROUP_OBJECT -> 0x04;
            case GROUP -> 0x08;
            case MASK -> 0x10;
            case OTHER -> 0x20;
        };
    }
}
