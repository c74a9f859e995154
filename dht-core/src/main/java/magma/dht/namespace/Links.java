package magma.dht.namespace;

import java.util.List;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.ShardChange;
import magma.dht.namespace.Transactions.Carried;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Shard;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;

/** How names come and go: link, unlink, rmdir. */
final class Links {
    private static final int STICKY = 01000;

    private final Tree tree;

    Links(Tree tree) {
        this.tree = tree;
    }

    Attributes link(Caller caller, Key key, Key directory, Name name) throws FsException {
        RecordId entry = tree.records().entry(directory, name);
        Carried carried = tree.carryOut(entry, () -> {
            Found<Shard> shard = tree.shard(directory, entry);
            Tree.demand(caller, shard.value(), 1);
            Found<Flare> flare = tree.flare(key);
            if (tree.entry(directory, name) != null) {
                throw new FsException(Errno.EEXIST, "there is an entry " + name);
            }
            Tree.demand(caller, shard.value(), 3);
            demandLinkable(flare.value());
            return tree.plan(entry, Purpose.GROW)
                    .expect(new Condition.Absent(entry))
                    .expect(rights(shard))
                    .expect(new Condition.AtVersion(flare.id(), flare.version()))
                    .then(new Operation.Put(entry, new Entry(key, flare.value().type()).encode()))
                    .then(new Operation.ChangeShard(shard.id(), ShardChange.moreEntries(1, 0)))
                    .then(new Operation.ChangeFlare(flare.id(), FlareChange.moreLinks(1)))
                    .answer(List.of(key));
        });
        byte[] value = carried.written().get(Records.flare(key));
        return value == null ? tree.attributes(key) : Flare.decode(value).attributes(key);
    }

    private static void demandLinkable(Flare flare) throws FsException {
        if (flare.isDirectory()) {
            throw new FsException(Errno.EPERM, "a directory has one name only");
        }
        if (flare.links() == 0) {
            throw new FsException(Errno.ENOENT, "the flare is unlinked");
        }
        if (flare.links() >= Limits.LINKS) {
            throw new FsException(Errno.EMLINK, "too many links");
        }
    }

    /** @return the flare that lost the name */
    Key unlink(Caller caller, Key directory, Name name) throws FsException {
        RecordId id = tree.records().entry(directory, name);
        Carried carried = tree.carryOut(id, () -> {
            Found<Shard> shard = tree.shard(directory, id);
            Tree.demand(caller, shard.value(), 1);
            Found<Entry> entry = existing(directory, name);
            Tree.demand(caller, shard.value(), 3);
            if (entry.value().type() == FlareType.DIRECTORY) {
                demandUnsticky(caller, shard.value(), tree.flareOf(entry).value());
                throw new FsException(Errno.EISDIR, name + " is a directory");
            }
            Plan plan =
                    tree.plan(id, Purpose.RELEASE).answer(List.of(entry.value().flare()));
            remove(plan, caller, entry, shard);
            return plan.then(new Operation.ChangeShard(shard.id(), ShardChange.moreEntries(-1, 0)));
        });
        return carried.answer().get(0);
    }

    /** @return the directory that is gone */
    Key removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        RecordId id = tree.records().entry(directory, name);
        Carried carried = tree.carryOut(id, () -> {
            Found<Shard> shard = tree.shard(directory, id);
            Tree.demand(caller, shard.value(), 1);
            Found<Entry> entry = existing(directory, name);
            Tree.demand(caller, shard.value(), 3);
            if (entry.value().type() != FlareType.DIRECTORY) {
                throw new FsException(
                        Errno.ENOTDIR, name + " is a " + entry.value().type());
            }
            Plan plan =
                    tree.plan(id, Purpose.RELEASE).answer(List.of(entry.value().flare()));
            remove(plan, caller, entry, shard);
            return plan.then(new Operation.ChangeShard(shard.id(), ShardChange.moreEntries(-1, -1)));
        });
        return carried.answer().get(0);
    }

    /** Adds to a plan that an entry goes and its flare loses the name; an empty directory goes for good. The shard's counts are the caller's. */
    void remove(Plan plan, Caller caller, Found<Entry> entry, Found<Shard> shard) throws FsException {
        Key key = entry.value().flare();
        Found<Flare> flare = tree.flareOf(entry);
        demandUnsticky(caller, shard.value(), flare.value());
        plan.expect(new Condition.AtVersion(entry.id(), entry.version())).expect(rights(shard));
        if (isSticky(shard.value()) && !caller.isSuperuser()) {
            plan.expect(new Condition.AtVersion(flare.id(), flare.version()));
        } else {
            plan.expect(new Condition.Exists(flare.id()));
        }
        if (flare.value().isDirectory()) {
            removeShards(plan, key);
        }
        plan.then(new Operation.Remove(entry.id())).then(new Operation.DropLink(flare.id()));
    }

    private void removeShards(Plan plan, Key directory) throws FsException {
        for (RecordId id : tree.shardIds(directory)) {
            StoredRecord record = tree.read(id);
            if (record != null && Shard.decode(record.value()).entries() > 0) {
                throw new FsException(Errno.ENOTEMPTY, "the directory has entries");
            }
            plan.expect(new Condition.Empty(id)).then(new Operation.Remove(id));
        }
    }

    Found<Entry> existing(Key directory, Name name) throws FsException {
        Found<Entry> entry = tree.entry(directory, name);
        if (entry == null) {
            throw new FsException(Errno.ENOENT, "there is no entry " + name);
        }
        return entry;
    }

    /** @throws FsException EPERM when the directory is sticky and neither it nor the flare is the caller's */
    static void demandUnsticky(Caller caller, Shard directory, Flare flare) throws FsException {
        if (isSticky(directory)
                && !directory.rights().isOwner(caller)
                && !flare.rights().isOwner(caller)) {
            throw new FsException(Errno.EPERM, "the directory is sticky, and nothing here is owned by " + caller);
        }
    }

    static Condition rights(Found<Shard> shard) {
        return new Condition.RightsAt(shard.id(), shard.value().rights().version());
    }

    private static boolean isSticky(Shard directory) {
        return (directory.rights().mode() & STICKY) != 0;
    }
}
