package magma.testkit.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.Statistics;
import magma.fs.XattrName;
import magma.testkit.disk.NameChange.Edit;
import magma.testkit.fs.Pages;
import org.jspecify.annotations.Nullable;

/** A session of a {@link ForgetfulVolume}: does all on the volume beneath, and tells the journal. */
final class ForgetfulSession implements FileSystem {
    private static final int COPY_BYTES = 1 << 20;

    private final ForgetfulVolume volume;
    private final FileSystem inner;

    ForgetfulSession(ForgetfulVolume volume, FileSystem inner) {
        this.volume = volume;
        this.inner = inner;
    }

    private Journal journal() {
        return volume.journal();
    }

    /** Makes a file with that content. @return its key */
    Key load(Key directory, Name name, Pages content) throws FsException {
        Created created = create(Caller.ROOT, directory, name, 0644, true, FileSystem.options(OpenOption.WRITE));
        try (OpenFile file = created.file()) {
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            for (long at = content.nextData(0); at >= 0; ) {
                long end = Math.min(content.nextHole(at), at + COPY_BYTES);
                content.read(buffer.clear().limit((int) (end - at)), at);
                file.write(Caller.ROOT, buffer.flip(), at);
                at = content.nextData(end);
            }
            setAttributes(Caller.ROOT, file.flare(), AttributeChanges.size(content.size()), file);
            return file.flare();
        }
    }

    @Override
    public Key root() {
        return inner.root();
    }

    @Override
    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        return volume.read(() -> inner.lookup(caller, directory, name));
    }

    @Override
    public Key parent(Key directory) throws FsException {
        return volume.read(() -> inner.parent(directory));
    }

    @Override
    public Attributes getAttributes(Key flare) throws FsException {
        return volume.read(() -> inner.getAttributes(flare));
    }

    @Override
    public Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException {
        OpenFile beneath = through instanceof ForgetfulFile file ? file.inner() : through;
        return volume.change(() -> {
            Attributes after = inner.setAttributes(caller, flare, changes, beneath);
            Long size = changes.size();
            if (size != null) {
                journal().changed(flare, new FileChange.Resize(size));
            }
            return after;
        });
    }

    @Override
    public void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException {
        volume.read(() -> {
            inner.access(caller, flare, wanted);
            return true;
        });
    }

    @Override
    public Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException {
        return volume.change(() -> {
            Created created = inner.create(caller, directory, name, mode, exclusive, options);
            Key key = created.attributes().key();
            if (created.isNew()) {
                journal().newFile(key);
                journal().changed(new NameChange(List.of(new Edit(directory, name, key))));
            } else if (options.contains(OpenOption.TRUNCATE)) {
                journal().changed(key, new FileChange.Resize(0));
            }
            return new Created(created.attributes(), new ForgetfulFile(volume, created.file()), created.isNew());
        });
    }

    @Override
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        return volume.change(() -> {
            Attributes made = inner.makeDirectory(caller, directory, name, mode);
            journal().newDirectory(made.key());
            journal().changed(new NameChange(List.of(new Edit(directory, name, made.key()))));
            return made;
        });
    }

    /** Regular files only. @throws FsException EPERM for others */
    @Override
    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        if (type != FlareType.FILE) {
            throw new FsException(Errno.EPERM, "this disk has files, directories and symlinks only");
        }
        return volume.change(() -> {
            Attributes made = inner.makeNode(caller, directory, name, type, mode, device);
            journal().newFile(made.key());
            journal().changed(new NameChange(List.of(new Edit(directory, name, made.key()))));
            return made;
        });
    }

    @Override
    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        return volume.change(() -> {
            Attributes made = inner.symlink(caller, directory, name, target);
            journal().newSymlink(made.key(), target);
            journal().changed(new NameChange(List.of(new Edit(directory, name, made.key()))));
            return made;
        });
    }

    @Override
    public byte[] readLink(Key symlink) throws FsException {
        return volume.read(() -> inner.readLink(symlink));
    }

    @Override
    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        return volume.change(() -> {
            Attributes linked = inner.link(caller, flare, directory, name);
            journal().changed(new NameChange(List.of(new Edit(directory, name, flare))));
            return linked;
        });
    }

    @Override
    public void unlink(Caller caller, Key directory, Name name) throws FsException {
        volume.change(() -> {
            inner.unlink(caller, directory, name);
            journal().changed(new NameChange(List.of(new Edit(directory, name, null))));
            return true;
        });
    }

    @Override
    public void removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        volume.change(() -> {
            inner.removeDirectory(caller, directory, name);
            journal().changed(new NameChange(List.of(new Edit(directory, name, null))));
            return true;
        });
    }

    @Override
    public void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        volume.change(() -> {
            inner.rename(caller, fromDirectory, from, toDirectory, to, mode);
            Key moved = journal().live(fromDirectory, from);
            Key there = journal().live(toDirectory, to);
            if (moved != null && !moved.equals(there)) {
                List<Edit> edits = new ArrayList<>();
                edits.add(new Edit(fromDirectory, from, mode == RenameMode.EXCHANGE ? there : null));
                edits.add(new Edit(toDirectory, to, moved));
                journal().changed(new NameChange(edits));
            }
            return true;
        });
    }

    @Override
    public OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException {
        if (!options.contains(OpenOption.TRUNCATE)) {
            return volume.read(() -> new ForgetfulFile(volume, inner.open(caller, file, options)));
        }
        return volume.change(() -> {
            OpenFile opened = inner.open(caller, file, options);
            journal().changed(file, new FileChange.Resize(0));
            return new ForgetfulFile(volume, opened);
        });
    }

    @Override
    public OpenDirectory openDirectory(Caller caller, Key directory) throws FsException {
        return volume.read(() -> new ForgetfulDirectory(volume, inner.openDirectory(caller, directory)));
    }

    @Override
    public Statistics statistics() throws FsException {
        return volume.read(inner::statistics);
    }

    @Override
    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        return volume.read(() -> inner.getXattr(caller, flare, name));
    }

    @Override
    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        volume.change(() -> {
            inner.setXattr(caller, flare, name, value, mode);
            return true;
        });
    }

    @Override
    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        return volume.read(() -> inner.listXattrs(caller, flare));
    }

    @Override
    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        volume.change(() -> {
            inner.removeXattr(caller, flare, name);
            return true;
        });
    }

    @Override
    public Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException {
        return volume.read(() -> inner.getAcl(flare, kind));
    }

    @Override
    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        volume.change(() -> {
            inner.setAcl(caller, flare, kind, acl);
            return true;
        });
    }

    @Override
    public CompletableFuture<Void> lock(Key file, Lock lock, boolean wait) {
        try {
            return volume.read(() -> inner.lock(file, lock, wait));
        } catch (FsException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        volume.read(() -> {
            inner.unlock(file, family, owner, range);
            return true;
        });
    }

    @Override
    public Optional<Lock> findConflict(Key file, Lock lock) throws FsException {
        return volume.read(() -> inner.findConflict(file, lock));
    }

    @Override
    public void syncAll() throws FsException {
        volume.sync(journal()::syncAll);
    }

    /** Works without power too. */
    @Override
    public void close() {
        inner.close();
    }
}
