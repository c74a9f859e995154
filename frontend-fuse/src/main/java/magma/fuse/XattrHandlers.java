package magma.fuse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import magma.fs.Acl;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.XattrName;
import magma.fuse.protocol.AclXattr;
import magma.fuse.protocol.MalformedMessageException;
import magma.fuse.protocol.Replies;
import magma.fuse.protocol.Requests;
import org.jspecify.annotations.Nullable;

/** Requests about extended attributes, which to the kernel include ACLs. */
final class XattrHandlers {
    /**
     * Where SELinux is on, the kernel answers for this itself. Elsewhere ls(1) asks for it, file by file, unless it hears that
     * there is no such thing on the device.
     */
    private static final String SELINUX = "security.selinux";

    /** The kernel asks for it before it writes to a file whose attributes it has not got, which is after each stat. */
    private static final String CAPABILITY = XattrName.CAPABILITY.text();

    private final MountState state;
    private final FileSystem fileSystem;

    XattrHandlers(MountState state) {
        this.state = state;
        this.fileSystem = state.fileSystem;
    }

    void get(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.GetXattr request = Requests.GetXattr.read(exchange.body());
        Key key = state.nodes.key(exchange.node());
        String name = text(request.name());
        Acl.Kind kind = kind(name);
        byte[] value = kind == null ? value(exchange, key, name) : acl(key, kind);
        answer(exchange, value, request.size());
    }

    private byte[] value(Exchange exchange, Key key, String name) throws FsException {
        boolean isCapability = name.equals(CAPABILITY);
        if (isCapability && state.nodes.isWithoutCapability(exchange.node())) {
            throw new FsException(Errno.ENODATA, "no capability");
        }
        long since = state.invalidations.now();
        try {
            return fileSystem.getXattr(exchange.caller(), key, XattrName.of(name));
        } catch (FsException e) {
            if (isCapability && e.errno() == Errno.ENODATA && state.isExact()) {
                state.invalidations.withoutCapability(key, exchange.node(), since);
            }
            if (e.errno() == Errno.ENODATA && name.equals(SELINUX)) {
                throw new FsException(Errno.EOPNOTSUPP, "no label", e);
            }
            throw e;
        }
    }

    private byte[] acl(Key key, Acl.Kind kind) throws FsException {
        Optional<Acl> acl = fileSystem.getAcl(key, kind);
        if (acl.isEmpty()) {
            throw new FsException(Errno.ENODATA, "no list");
        }
        return AclXattr.write(acl.get());
    }

    private static void answer(Exchange exchange, byte[] value, int size) throws IOException {
        if (size == 0) {
            Replies.putCount(exchange.answer(), value.length);
        } else if (Integer.compareUnsigned(size, value.length) < 0) {
            throw new FsException(Errno.ERANGE, value.length + " bytes do not fit " + size);
        } else {
            exchange.answer().put(value);
        }
        exchange.send();
    }

    void set(Exchange exchange) throws IOException, MalformedMessageException {
        Requests.SetXattr request = Requests.SetXattr.read(exchange.body());
        Key key = state.nodes.key(exchange.node());
        Caller caller = exchange.caller();
        String name = text(request.name());
        Acl.Kind kind = kind(name);
        if (kind != null) {
            fileSystem.setAcl(caller, key, kind, AclXattr.read(request.value()).orElse(null));
        } else {
            try {
                fileSystem.setXattr(caller, key, XattrName.of(name), request.value(), mode(request.flags()));
            } finally {
                if (name.equals(CAPABILITY)) {
                    state.invalidations.capabilityGiven(key, exchange.node());
                }
            }
        }
        exchange.sendDone();
    }

    private static XattrMode mode(int flags) throws FsException {
        return switch (flags) {
            case 0 -> XattrMode.CREATE_OR_REPLACE;
            case Requests.SetXattr.CREATE -> XattrMode.CREATE;
            case Requests.SetXattr.REPLACE -> XattrMode.REPLACE;
            default -> throw new FsException(Errno.EINVAL, "setxattr with the flags " + flags);
        };
    }

    void remove(Exchange exchange) throws IOException, MalformedMessageException {
        String name = text(exchange.body().text());
        Key key = state.nodes.key(exchange.node());
        Acl.Kind kind = kind(name);
        if (kind != null) {
            fileSystem.setAcl(exchange.caller(), key, kind, null);
        } else {
            fileSystem.removeXattr(exchange.caller(), key, XattrName.of(name));
        }
        exchange.sendDone();
    }

    /** Names, each with a NUL after it; those of ACLs are among them, as on other filesystems. */
    void list(Exchange exchange) throws IOException, MalformedMessageException {
        int size = Requests.ListXattr.read(exchange.body()).size();
        Key key = state.nodes.key(exchange.node());
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        for (XattrName name : fileSystem.listXattrs(exchange.caller(), key)) {
            append(names, name.text());
        }
        if (has(key, Acl.Kind.ACCESS)) {
            append(names, AclXattr.ACCESS);
        }
        if (has(key, Acl.Kind.DEFAULT)) {
            append(names, AclXattr.DEFAULT);
        }
        answer(exchange, names.toByteArray(), size);
    }

    private boolean has(Key key, Acl.Kind kind) throws FsException {
        try {
            return fileSystem.getAcl(key, kind).isPresent();
        } catch (FsException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return false;
            }
            throw e;
        }
    }

    private static void append(ByteArrayOutputStream names, String name) {
        names.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        names.write(0);
    }

    private static Acl.@Nullable Kind kind(String name) {
        return switch (name) {
            case AclXattr.ACCESS -> Acl.Kind.ACCESS;
            case AclXattr.DEFAULT -> Acl.Kind.DEFAULT;
            default -> null;
        };
    }

    private static String text(byte[] name) throws FsException {
        String text = new String(name, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), name)) {
            throw new FsException(Errno.EINVAL, "a name of an extended attribute that is not UTF-8");
        }
        return text;
    }
}
