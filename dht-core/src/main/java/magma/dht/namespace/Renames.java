package magma.dht.namespace;

import java.util.List;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.ShardChange;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.namespace.Transactions.Carried;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Shard;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;
import org.jspecify.annotations.Nullable;

/**
 * How names move. A rename moves entries, never flares. Directories that change their parent do so one after another, network-wide: each of these plans expects
 * and raises one counter, so that the walk which finds no cycle is still true when it is carried out.
 */
final class Renames {
    /** One end of a rename. */
    record Place(Key directory, Name name) {}

    /** The flares whose attributes or entries a rename changed. */
    record Renamed(Key moved, @Nullable Key other) {}

    private final Tree tree;
    private final Links links;

    Renames(Tree tree, Links links) {
        this.tree = tree;
        this.links = links;
    }

    private record End(
            Place place,
            RecordId id,
            Found<Shard> shard,
            @Nullable Found<Entry> entry) {}

    Renamed rename(Caller caller, Place from, Place to, RenameMode mode) throws FsException {
        RecordId at = tree.records().entry(to.directory(), to.name());
        Carried carried = tree.carryOut(at, () -> {
            End source = end(caller, from);
            End target = end(caller, to);
            if (source.entry() == null) {
                throw new FsException(Errno.ENOENT, "there is no entry " + from.name());
            }
            demandTarget(target, mode);
            Key moved = source.entry().value().flare();
            Key other = target.entry() == null ? null : target.entry().value().flare();
            List<Key> answer = other == null ? List.of(moved) : List.of(moved, other);
            if (moved.equals(other)) {
                return tree.plan(target.id(), Purpose.RELEASE).answer(answer);
            }
            Tree.demand(caller, source.shard().value(), 3);
            Tree.demand(caller, target.shard().value(), 3);
            Plan plan = tree.plan(target.id(), mode == RenameMode.EXCHANGE ? Purpose.GROW : Purpose.RELEASE)
                    .answer(answer);
            if (mode == RenameMode.EXCHANGE) {
                exchange(plan, caller, source, target);
            } else {
                replace(plan, caller, source, target);
            }
            return plan;
        });
        List<Key> answer = carried.answer();
        return new Renamed(answer.get(0), answer.size() < 2 ? null : answer.get(1));
    }

    private End end(Caller caller, Place place) throws FsException {
        RecordId id = tree.records().entry(place.directory(), place.name());
        Found<Shard> shard = tree.shard(place.directory(), id);
        Tree.demand(caller, shard.value(), 1);
        return new End(place, id, shard, tree.entry(place.directory(), place.name()));
    }

    /** What Linux looks at before permissions. */
    private static void demandTarget(End target, RenameMode mode) throws FsException {
        if (mode == RenameMode.NO_REPLACE && target.entry() != null) {
            throw new FsException(
                    Errno.EEXIST, "there is an entry " + target.place().name());
        }
        if (mode == RenameMode.EXCHANGE && target.entry() == null) {
            throw new FsException(
                    Errno.ENOENT, "there is no entry " + target.place().name());
        }
    }

    private void replace(Plan plan, Caller caller, End source, End target) throws FsException {
        Found<Entry> moved = entry(source);
        Found<Entry> victim = target.entry();
        boolean isDirectory = moved.value().type() == FlareType.DIRECTORY;
        checkMove(plan, caller, source, target);
        int directories = isDirectory ? 1 : 0;
        int victims = 0;
        int victimDirectories = 0;
        if (victim == null) {
            plan.expect(new Condition.Absent(target.id()));
        } else {
            demandReplaceable(isDirectory, victim.value(), source, target);
            links.remove(plan, caller, victim, target.shard());
            victims = 1;
            victimDirectories = victim.value().type() == FlareType.DIRECTORY ? 1 : 0;
        }
        plan.expect(new Condition.AtVersion(source.id(), moved.version()))
                .expect(Links.rights(source.shard()))
                .expect(Links.rights(target.shard()))
                .then(new Operation.Remove(source.id()))
                .then(new Operation.Put(target.id(), moved.value().encode()))
                .then(new Operation.ChangeShard(source.shard().id(), ShardChange.moreEntries(-1, -directories)))
                .then(new Operation.ChangeShard(
                        target.shard().id(), ShardChange.moreEntries(1 - victims, directories - victimDirectories)));
    }

    private void demandReplaceable(boolean isDirectory, Entry victim, End source, End target) throws FsException {
        boolean victimIsDirectory = victim.type() == FlareType.DIRECTORY;
        if (victimIsDirectory && isAtOrAbove(victim.flare(), source.place().directory())) {
            throw new FsException(Errno.ENOTEMPTY, target.place().name() + " holds what is to replace it");
        }
        if (isDirectory && !victimIsDirectory) {
            throw new FsException(Errno.ENOTDIR, target.place().name() + " is no directory");
        }
        if (!isDirectory && victimIsDirectory) {
            throw new FsException(Errno.EISDIR, target.place().name() + " is a directory");
        }
    }

    private void exchange(Plan plan, Caller caller, End source, End target) throws FsException {
        Found<Entry> one = entry(source);
        Found<Entry> two = entry(target);
        checkMove(plan, caller, source, target);
        checkMove(plan, caller, target, source);
        int directories = (one.value().type() == FlareType.DIRECTORY ? 1 : 0)
                - (two.value().type() == FlareType.DIRECTORY ? 1 : 0);
        plan.expect(new Condition.AtVersion(source.id(), one.version()))
                .expect(new Condition.AtVersion(target.id(), two.version()))
                .expect(Links.rights(source.shard()))
                .expect(Links.rights(target.shard()))
                .then(new Operation.Put(source.id(), two.value().encode()))
                .then(new Operation.Put(target.id(), one.value().encode()))
                .then(new Operation.ChangeShard(source.shard().id(), ShardChange.moreEntries(0, -directories)))
                .then(new Operation.ChangeShard(target.shard().id(), ShardChange.moreEntries(0, directories)));
    }

    /** What must hold for the flare at {@code from} to get a name in {@code to}'s directory; adds what changes of the flare itself. */
    private void checkMove(Plan plan, Caller caller, End from, End to) throws FsException {
        Found<Flare> flare = tree.flareOf(entry(from));
        Links.demandUnsticky(caller, from.shard().value(), flare.value());
        plan.expect(new Condition.AtVersion(flare.id(), flare.version()));
        boolean changesParent = !from.place().directory().equals(to.place().directory());
        if (!flare.value().isDirectory() || !changesParent) {
            plan.then(new Operation.ChangeFlare(flare.id(), FlareChange.TOUCH));
            return;
        }
        if (!flare.value().rights().allow(caller, FlareType.DIRECTORY, 2)) {
            throw new FsException(Errno.EACCES, "moving a directory changes it, which " + caller + " may not");
        }
        if (to.shard().value().subdirectories() >= Limits.LINKS) {
            throw new FsException(Errno.EMLINK, "too many directories in one");
        }
        expectNoOtherMove(plan);
        demandNotBelow(to.place().directory(), flare.id().key());
        plan.then(new Operation.ChangeFlare(
                flare.id(), FlareChange.newParent(to.place().directory())));
    }

    private void expectNoOtherMove(Plan plan) throws FsException {
        RecordId id = RecordId.of(tree.root(), RecordKind.RENAMES.code());
        StoredRecord record = tree.read(id);
        long count = record == null ? 0 : Decoder.decode("count of moves", record.value(), Decoder::i64);
        plan.expect(record == null ? new Condition.Absent(id) : new Condition.AtVersion(id, record.version()))
                .then(new Operation.Put(id, new Encoder(8).i64(count + 1).toBytes()));
    }

    private void demandNotBelow(Key directory, Key ancestor) throws FsException {
        if (isAtOrAbove(ancestor, directory)) {
            throw new FsException(Errno.EINVAL, "a directory cannot come under itself");
        }
    }

    private boolean isAtOrAbove(Key ancestor, Key directory) throws FsException {
        Key at = directory;
        while (!at.equals(ancestor)) {
            if (at.equals(tree.root())) {
                return false;
            }
            at = parent(tree.directory(at).value());
        }
        return true;
    }

    static Key parent(Flare directory) {
        if (directory.special() instanceof Flare.Special.Directory special) {
            return special.parent();
        }
        throw new IllegalStateException("a " + directory.type() + " has no parent");
    }

    private static Found<Entry> entry(End end) {
        Found<Entry> entry = end.entry();
        if (entry == null) {
            throw new IllegalStateException("no entry " + end.place());
        }
        return entry;
    }
}
