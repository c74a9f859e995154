package magma.dht.volume;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import magma.dht.namespace.Namespace;
import magma.fs.AccessMode;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** Attributes and records beside them, with what waits in memory of the content taken into account: who looks has it stored. */
final class SessionAttributes {
    private final Namespace namespace;
    private final Contents contents;
    private final SessionLife session;

    /** @param session who looks, and in whose name files are held open while they are cut */
    SessionAttributes(Namespace namespace, Contents contents, SessionLife session) {
        this.namespace = namespace;
        this.contents = contents;
        this.session = session;
    }

    Attributes get(Key flare) throws FsException {
        contents.flush(flare);
        return namespace.attributes(flare);
    }

    /** What was read before the session was known to look at it; read again where something waits to be stored here, or was written meanwhile and the session not told. */
    Attributes fresh(Attributes read) throws FsException {
        FileContent content = contents.ifUsed(read.key());
        if (content == null || (!content.onlookers().looks(session) && content.pendingSince() == 0)) {
            return read;
        }
        try {
            content.flush();
            return namespace.attributes(read.key());
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ESTALE || e.errno() == Errno.EREMOTE) {
                // It went since it was read, or what waits does so elsewhere; then it was as it was read.
                return read;
            }
            throw e;
        }
    }

    /** A page of entries, their attributes fresh. */
    OpenDirectory.Page fresh(OpenDirectory.Page page) throws FsException {
        if (contents.isIdle()) {
            return page;
        }
        List<OpenDirectory.Entry> entries = new ArrayList<>();
        for (OpenDirectory.Entry entry : page.entries()) {
            Attributes shown = entry.attributes();
            entries.add(new OpenDirectory.Entry(
                    entry.name(), entry.flare(), entry.type(), entry.cookie(), shown == null ? null : fresh(shown)));
        }
        return new OpenDirectory.Page(entries, page.end());
    }

    void set(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through) throws FsException {
        if (changes.size() == null && isSetWithContent(caller, flare, changes)) {
            return;
        }
        contents.flush(flare);
        if (changes.size() != null) {
            demandTruncatable(caller, flare, changes.size(), through);
        }
        AttributeChanges others = new AttributeChanges(
                changes.mode(), changes.uid(), changes.gid(), null, changes.accessed(), changes.modified());
        if (changes.size() != null) {
            truncate(caller, flare, changes.size());
        }
        if (!others.isEmpty()) {
            namespace.setAttributes(caller, flare, others);
        }
    }

    /** Whether what waited of the content was stored in one step with the changes. */
    private boolean isSetWithContent(Caller caller, Key flare, AttributeChanges changes) throws FsException {
        FileContent content = contents.ifUsed(flare);
        return content != null
                && content.flushWith(operations -> namespace.setAttributes(
                        caller,
                        flare,
                        changes,
                        new Namespace.ContentChange(operations, content.term().number())));
    }

    private void demandTruncatable(Caller caller, Key flare, long size, @Nullable OpenFile through) throws FsException {
        FlareType type = namespace.flare(flare).type();
        if (type == FlareType.DIRECTORY) {
            throw new FsException(Errno.EISDIR, "a directory has no length to set");
        }
        if (type != FlareType.FILE || size < 0) {
            throw new FsException(Errno.EINVAL, "cannot set the length of a " + type + " to " + size);
        }
        if (size > Limits.FILE_BYTES) {
            throw new FsException(Errno.EFBIG, "a length of " + size);
        }
        if (through == null) {
            namespace.access(caller, flare, EnumSet.of(AccessMode.WRITE));
        } else if (!(through instanceof SessionFile file)
                || !file.isWritable()
                || !file.flare().equals(flare)) {
            throw new FsException(Errno.EINVAL, "the file is not open for writing");
        }
    }

    private void truncate(Caller caller, Key flare, long size) throws FsException {
        FileContent content = contents.acquire(flare, session.id());
        try {
            content.truncate(size, !caller.isSuperuser());
        } finally {
            contents.release(content, session.id());
        }
    }

    /** What was written before takes a capability off, and nothing that is given after. */
    void settleCapability(Key flare, XattrName name) throws FsException {
        if (name.equals(XattrName.CAPABILITY)) {
            contents.flush(flare);
        }
    }
}
