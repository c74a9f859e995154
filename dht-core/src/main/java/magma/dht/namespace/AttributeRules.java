package magma.dht.namespace;

import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.ShardChange;
import magma.dht.namespace.Transactions.Carried;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Rights;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** Who may change which attributes, and what changes with them: chmod, chown, utimensat, ACLs. */
final class AttributeRules {
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;

    private final Tree tree;

    AttributeRules(Tree tree) {
        this.tree = tree;
    }

    /** Changes all but the size. */
    void set(Caller caller, Key key, AttributeChanges changes) throws FsException {
        Carried unused = tree.carryOut(Records.flare(key), () -> {
            Found<Flare> flare = tree.flare(key);
            return changed(tree.plan(flare.id(), Purpose.RELEASE), caller, flare, changes);
        });
    }

    /** See {@link Namespace#setAttributes(Caller, Key, AttributeChanges, Namespace.ContentChange)}. */
    byte @Nullable [] set(Caller caller, Key file, AttributeChanges changes, Namespace.ContentChange content)
            throws FsException {
        RecordId id = Records.flare(file);
        Carried carried = tree.carryOut(id, () -> {
            Found<Flare> flare = tree.flare(file);
            Plan plan = tree.plan(flare.id(), Purpose.GROW).inTerm(content.term());
            content.operations().forEach(plan::then);
            return changed(plan, caller, flare, changes);
        });
        return carried.isRepeated() ? null : carried.written().get(id);
    }

    private Plan changed(Plan plan, Caller caller, Found<Flare> flare, AttributeChanges changes) throws FsException {
        Rights rights = rights(caller, flare.value(), changes);
        demandTimes(caller, flare.value(), changes);
        FlareChange change = FlareChange.TOUCH.withTimes(changes.accessed(), changes.modified());
        then(plan, flare, rights.equals(flare.value().rights()) ? change : change.withRights(rights));
        RecordId capability = Records.xattr(flare.id().key(), XattrName.CAPABILITY);
        boolean isGiven = changes.uid() != null || changes.gid() != null;
        if (isGiven && !flare.value().isDirectory() && tree.read(capability) != null) {
            plan.then(new Operation.Remove(capability));
        }
        return plan;
    }

    void setAcl(Caller caller, Key key, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        tree.carryOut(Records.flare(key), () -> {
            Found<Flare> flare = tree.flare(key);
            Rights rights = flare.value().rights();
            demandAclPossible(flare.value(), kind, acl);
            demandOwner(caller, rights);
            int mode = rights.mode();
            Acl kept = acl;
            if (kind == Acl.Kind.ACCESS && acl != null) {
                mode = guarded(caller, flare.value(), rights.gid(), mode & 07000 | acl.mode());
                kept = acl.isMinimal() ? null : acl;
            }
            return then(
                    tree.plan(flare.id(), Purpose.RELEASE),
                    flare,
                    FlareChange.newRights(rights.withAcl(kind, kept, mode)));
        });
    }

    private static void demandAclPossible(Flare flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        if (flare.type() == FlareType.SYMLINK) {
            throw new FsException(Errno.EOPNOTSUPP, "a symlink has no ACL");
        }
        if (kind == Acl.Kind.DEFAULT && !flare.isDirectory() && acl != null) {
            throw new FsException(Errno.EACCES, "only directories have a default ACL");
        }
    }

    /** One flare changes, and the copies of its rights and times where it is a directory. */
    private Plan then(Plan plan, Found<Flare> flare, FlareChange change) throws FsException {
        plan.expect(new Condition.AtVersion(flare.id(), flare.version()))
                .then(new Operation.ChangeFlare(flare.id(), change));
        if (flare.value().isDirectory() && (change.rights() != null || change.modified() != null)) {
            for (RecordId shard : tree.shardIds(flare.id().key())) {
                if (tree.read(shard) != null) {
                    plan.expect(new Condition.Exists(shard)).then(new Operation.ChangeShard(shard, copy(change)));
                }
            }
        }
        return plan;
    }

    private static ShardChange copy(FlareChange change) {
        return new ShardChange(0, 0, change.rights(), change.modified(), change.modified() != null);
    }

    /** The rights after the changes; the same object when they stay. */
    private static Rights rights(Caller caller, Flare flare, AttributeChanges changes) throws FsException {
        Rights rights = flare.rights();
        if (changes.mode() != null) {
            demandOwner(caller, rights);
            rights = rights.withMode(guarded(caller, flare, rights.gid(), changes.mode()));
        }
        if (changes.uid() != null || changes.gid() != null) {
            int uid = changes.uid() == null ? rights.uid() : changes.uid();
            int gid = changes.gid() == null ? rights.gid() : changes.gid();
            demandChown(caller, rights, uid, gid);
            rights = rights.withOwner(uid, gid);
            rights = flare.isDirectory() ? rights : rights.withMode(withoutPrivileges(rights.mode()));
        }
        return rights;
    }

    private static void demandChown(Caller caller, Rights rights, int uid, int gid) throws FsException {
        if (caller.isSuperuser()) {
            return;
        }
        demandOwner(caller, rights);
        if (uid != rights.uid()) {
            throw new FsException(Errno.EPERM, "only the superuser may give a flare away");
        }
        if (gid != rights.gid() && !caller.isInGroup(gid)) {
            throw new FsException(Errno.EPERM, caller + " is not in group " + gid);
        }
    }

    private static void demandTimes(Caller caller, Flare flare, AttributeChanges changes) throws FsException {
        if (changes.accessed() == null && changes.modified() == null
                || flare.rights().isOwner(caller)) {
            return;
        }
        boolean toNow = changes.accessed() instanceof TimeChange.Now && changes.modified() instanceof TimeChange.Now;
        if (!toNow) {
            throw new FsException(Errno.EPERM, "only the owner may set times");
        }
        if (!flare.rights().allow(caller, flare.type(), AccessMode.WRITE.bit())) {
            throw new FsException(Errno.EACCES, "touching needs write permission");
        }
    }

    static void demandOwner(Caller caller, Rights rights) throws FsException {
        if (!rights.isOwner(caller)) {
            throw new FsException(Errno.EPERM, caller + " is not the owner");
        }
    }

    /** The mode without set-group-id where the caller may not give it. */
    private static int guarded(Caller caller, Flare flare, int gid, int mode) {
        boolean allowed = caller.isSuperuser() || flare.isDirectory() || caller.isInGroup(gid);
        return allowed ? mode : mode & ~SET_GID;
    }

    private static int withoutPrivileges(int mode) {
        return mode & ~SET_UID & ((mode & 0010) != 0 ? ~SET_GID : ~0);
    }
}
