package magma.dht.namespace;

import java.util.ArrayList;
import java.util.List;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.AccessMode;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.XattrName;

/** Extended attributes, each a record beside its flare's (xattr(7) says who may do what). */
final class Xattrs {
    private static final int PAGE = 1000;

    private final Tree tree;

    Xattrs(Tree tree) {
        this.tree = tree;
    }

    byte[] get(Caller caller, Key key, XattrName name) throws FsException {
        Found<Flare> flare = tree.flare(key);
        if (name.isTrusted() && !caller.isSuperuser()) {
            throw missing(name);
        }
        if (name.isUser()) {
            demandUserKind(flare.value(), Errno.ENODATA);
            demand(caller, flare.value(), AccessMode.READ);
        }
        StoredRecord record = tree.read(Records.xattr(key, name));
        if (record == null) {
            throw missing(name);
        }
        return record.value();
    }

    void set(Caller caller, Key key, XattrName name, byte[] value, XattrMode mode) throws FsException {
        if (value.length > Limits.XATTR_BYTES) {
            throw new FsException(Errno.E2BIG, "an attribute of " + value.length + " bytes");
        }
        RecordId id = Records.xattr(key, name);
        tree.carryOut(Records.flare(key), () -> {
            Found<Flare> flare = tree.flare(key);
            demandChange(caller, flare.value(), name);
            StoredRecord before = tree.read(id);
            if (before == null && mode == XattrMode.REPLACE) {
                throw missing(name);
            }
            if (before != null && mode == XattrMode.CREATE) {
                throw new FsException(Errno.EEXIST, "there is an attribute " + name.text());
            }
            if (before == null || before.value().length < value.length) {
                demandRoom(key, name, value);
            }
            return plan(flare, Purpose.GROW).then(new Operation.Put(id, value));
        });
    }

    void remove(Caller caller, Key key, XattrName name) throws FsException {
        RecordId id = Records.xattr(key, name);
        tree.carryOut(Records.flare(key), () -> {
            Found<Flare> flare = tree.flare(key);
            demandChange(caller, flare.value(), name);
            if (tree.read(id) == null) {
                throw missing(name);
            }
            return plan(flare, Purpose.RELEASE).expect(new Condition.Exists(id)).then(new Operation.Remove(id));
        });
    }

    List<XattrName> list(Caller caller, Key key) throws FsException {
        tree.flare(key);
        List<XattrName> names = new ArrayList<>();
        for (StoredRecord record : all(key)) {
            XattrName name = Records.xattrName(record.id());
            if (!name.isTrusted() || caller.isSuperuser()) {
                names.add(name);
            }
        }
        names.sort(null);
        return names;
    }

    private Plan plan(Found<Flare> flare, Purpose purpose) {
        return tree.plan(flare.id(), purpose)
                .expect(new Condition.AtVersion(flare.id(), flare.version()))
                .then(new Operation.ChangeFlare(flare.id(), FlareChange.TOUCH));
    }

    private void demandRoom(Key key, XattrName name, byte[] value) throws FsException {
        long bytes = (long) value.length + name.text().length();
        for (StoredRecord record : all(key)) {
            bytes += (long) record.id().subKey().length + record.value().length;
        }
        if (bytes > Limits.XATTRS_BYTES) {
            throw new FsException(
                    Errno.ENOSPC, "all attributes of a flare take " + Limits.XATTRS_BYTES + " bytes at most");
        }
    }

    private List<StoredRecord> all(Key key) throws FsException {
        List<StoredRecord> all = new ArrayList<>();
        RecordId next = RecordId.of(key, RecordKind.XATTR.code());
        RecordId end = Records.end(RecordKind.XATTR, key);
        List<StoredRecord> page;
        do {
            page = tree.slices().scan(tree.map().of(key), next, end, PAGE);
            all.addAll(page);
            next = page.isEmpty() ? end : page.get(page.size() - 1).id().successor();
        } while (page.size() == PAGE);
        return all;
    }

    private static void demandChange(Caller caller, Flare flare, XattrName name) throws FsException {
        if (name.isUser()) {
            demandUserKind(flare, Errno.EPERM);
            boolean sticky = flare.isDirectory() && (flare.rights().mode() & 01000) != 0;
            if (sticky && !flare.rights().isOwner(caller)) {
                throw new FsException(Errno.EPERM, "the directory is sticky");
            }
            demand(caller, flare, AccessMode.WRITE);
        } else if (!caller.isSuperuser()) {
            throw new FsException(Errno.EPERM, "only the superuser may set " + name.text());
        }
    }

    private static void demandUserKind(Flare flare, Errno otherwise) throws FsException {
        if (flare.type() != FlareType.FILE && !flare.isDirectory()) {
            throw new FsException(otherwise, "only files and directories have user attributes");
        }
    }

    private static void demand(Caller caller, Flare flare, AccessMode mode) throws FsException {
        if (!flare.rights().allow(caller, flare.type(), mode.bit())) {
            throw new FsException(Errno.EACCES, "no permission for " + caller);
        }
    }

    private static FsException missing(XattrName name) {
        return new FsException(Errno.ENODATA, "there is no attribute " + name.text());
    }
}
