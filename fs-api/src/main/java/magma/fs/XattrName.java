package magma.fs;

import java.nio.charset.StandardCharsets;

/**
 * The full name of an extended attribute, namespace included: "user.colour".
 *
 * @param text at most {@link Limits#XATTR_NAME_BYTES} bytes of UTF-8
 */
public record XattrName(String text) implements Comparable<XattrName> {

    /** File capabilities (capabilities(7)): whoever writes to a file, cuts it or gives it away takes them off. */
    public static final XattrName CAPABILITY = new XattrName("security.capability");

    /** Checks the length and namespace. @throws FsException ERANGE when empty or too long; EOPNOTSUPP for a namespace that is not kept */
    public static XattrName of(String text) throws FsException {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > Limits.XATTR_NAME_BYTES) {
            throw new FsException(Errno.ERANGE, "an attribute name of " + bytes + " bytes");
        }
        XattrName name = new XattrName(text);
        if (!name.isUser() && !name.isTrusted() && !text.startsWith("security.")) {
            throw new FsException(Errno.EOPNOTSUPP, "no such namespace of attributes: " + text);
        }
        if (text.endsWith(".") && text.indexOf('.') == text.length() - 1) {
            throw new FsException(Errno.EINVAL, "an attribute name without a name: " + text);
        }
        return name;
    }

    public boolean isUser() {
        return text.startsWith("user.");
    }

    public boolean isTrusted() {
        return text.startsWith("trusted.");
    }

    @Override
    public int compareTo(XattrName other) {
        return text.compareTo(other.text);
    }
}
