package magma.fs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One component of a path: 1 to 255 bytes, none of them NUL or '/', and neither "." nor "..". Names are bytes, not
 * characters: a filesystem keeps what it was given.
 */
public final class Name implements Comparable<Name> {
    /** The longest name, in bytes (NAME_MAX). */
    public static final int MAX_BYTES = 255;

    private final byte[] bytes;

    private Name(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Checks and copies {@code bytes}.
     *
     * @throws FsException ENAMETOOLONG over 255 bytes; ENOENT for the empty name; EINVAL for NUL, '/', "." and ".."
     */
    public static Name of(byte[] bytes) throws FsException {
        if (bytes.length > MAX_BYTES) {
            throw new FsException(Errno.ENAMETOOLONG, "a name of " + bytes.length + " bytes");
        }
        if (bytes.length == 0) {
            throw new FsException(Errno.ENOENT, "the empty name");
        }
        for (byte b : bytes) {
            if (b == 0 || b == '/') {
                throw new FsException(Errno.EINVAL, "a name with NUL or '/' in it");
            }
        }
        if (bytes[0] == '.' && (bytes.length == 1 || bytes.length == 2 && bytes[1] == '.')) {
            throw new FsException(Errno.EINVAL, "\".\" and \"..\" are not names of entries");
        }
        return new Name(bytes.clone());
    }

    /** {@link #of(byte[])} of the UTF-8 bytes. */
    public static Name of(String text) throws FsException {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The bytes, a copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Length in bytes, 1 to 255. */
    public int length() {
        return bytes.length;
    }

    /** Unsigned, byte by byte. */
    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** For people: the bytes read as UTF-8. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
