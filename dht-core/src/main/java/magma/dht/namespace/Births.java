package magma.dht.namespace;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.batch.ShardChange;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Transactions.Carried;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Content;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.Flare.Special;
import magma.dht.record.Records;
import magma.dht.record.Rights;
import magma.dht.record.Shard;
import magma.dht.record.Times;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Inheritance;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;

/** How flares come into being, each with its first name. */
final class Births {
    /** So many nonces are tried; of 64 slices of one width, one is missed by one directory in 3,000. */
    private static final int NEAR_TRIES = 512;

    private final Tree tree;

    Births(Tree tree) {
        this.tree = tree;
    }

    /** A flare to be: what it is, and who makes it. */
    record Birth(Caller caller, FlareType type, int mode, long size, Special special) {}

    /** A flare that is no directory. */
    Attributes flare(Key directory, Name name, Birth birth) throws FsException {
        return bear(directory, name, birth, () -> tree.records().keys().flare(directory, name, tree.nonce()));
    }

    /** @param near the slices to choose from where it need not be in that of its name */
    Attributes directory(Key parent, Name name, Birth birth, Predicate<Slice> near) throws FsException {
        return bear(parent, name, birth, () -> keyOfDirectory(parent, name, near));
    }

    /**
     * Where a directory is, its nonce decides. One that is in the slice of its name takes one log record to make, instead of four in two slices, and so does what is later moved
     * between it and its parent. The root's go where they are near whoever makes them.
     */
    private Key keyOfDirectory(Key parent, Name name, Predicate<Slice> near) {
        if (parent.equals(tree.root())) {
            return directoryIn(near.and(slice -> !tree.slices().isCrowded(slice)), parent, name);
        }
        Slice own = tree.map().of(tree.records().entry(parent, name).key());
        return directoryIn(tree.slices().isCrowded(own) ? slice -> true : own::equals, parent, name);
    }

    /** A key in one of those slices, if it is found soon. */
    private Key directoryIn(Predicate<Slice> wanted, Key parent, Name name) {
        ByteBuffer nonce = ByteBuffer.wrap(tree.nonce());
        Key key = directoryAt(parent, name, nonce.array());
        for (int i = 1; i < NEAR_TRIES && !isIn(wanted, key); i++) {
            key = directoryAt(parent, name, nonce.putInt(0, i).array());
        }
        return key;
    }

    /** Whether all of its window is in one slice, and that is wanted. */
    private boolean isIn(Predicate<Slice> wanted, Key directory) {
        Slice slice = tree.map().of(KeyScheme.windowFirst(directory));
        return slice.contains(KeyScheme.windowLast(directory)) && wanted.test(slice);
    }

    private Key directoryAt(Key parent, Name name, byte[] nonce) {
        return tree.records().keys().directory(parent, name, nonce);
    }

    private Attributes bear(Key directory, Name name, Birth birth, Supplier<Key> keys) throws FsException {
        List<Flare> composed = new ArrayList<>();
        Carried carried = tree.carryOut(tree.records().entry(directory, name), () -> {
            composed.clear();
            Key key = keys.get();
            return plan(directory, name, birth, key, composed).answer(List.of(key));
        });
        Key key = carried.answer().get(0);
        if (carried.isRepeated()) {
            return attributes(key, directory, name, birth);
        }
        byte[] value = carried.written().get(Records.flare(key));
        // Where somebody else finished the transaction for us, only what was composed is known here: all but the exact
        // times.
        return newborn(key, value == null ? composed.get(0) : Flare.decode(value));
    }

    /** Of what was born before. Somebody else may have removed it since: then as it would be born now. */
    private Attributes attributes(Key key, Key directory, Name name, Birth birth) throws FsException {
        try {
            return tree.attributes(key);
        } catch (FsException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            Shard shard =
                    tree.shard(directory, tree.records().entry(directory, name)).value();
            return newborn(key, flareOf(birth, shard));
        }
    }

    private static Attributes newborn(Key key, Flare flare) {
        return flare.isDirectory()
                ? flare.attributes(
                        key, Shard.empty(flare.rights(), flare.times().created()))
                : flare.attributes(key);
    }

    private Plan plan(Key directory, Name name, Birth birth, Key key, List<Flare> composed) throws FsException {
        RecordId entry = tree.records().entry(directory, name);
        Found<Shard> shard = tree.shard(directory, entry);
        Tree.demand(birth.caller(), shard.value(), 1);
        if (tree.entry(directory, name) != null) {
            throw new FsException(Errno.EEXIST, "there is an entry " + name);
        }
        Tree.demand(birth.caller(), shard.value(), 3);
        boolean isDirectory = birth.type() == FlareType.DIRECTORY;
        if (isDirectory && shard.value().subdirectories() >= Limits.LINKS) {
            throw new FsException(Errno.EMLINK, "too many directories in one");
        }
        Flare flare = flareOf(birth, shard.value());
        composed.add(flare);
        Plan plan = tree.plan(entry, Purpose.GROW)
                .expect(new Condition.Absent(entry))
                .expect(new Condition.RightsAt(
                        shard.id(), shard.value().rights().version()))
                .expect(new Condition.Absent(Records.flare(key)))
                .then(new Operation.Put(entry, new Entry(key, birth.type()).encode()))
                .then(new Operation.ChangeShard(shard.id(), ShardChange.moreEntries(1, isDirectory ? 1 : 0)))
                .then(new Operation.NewFlare(Records.flare(key), flare));
        if (isDirectory) {
            addShards(plan, tree, key, flare.rights());
        }
        return plan;
    }

    static void addShards(Plan plan, Tree tree, Key key, Rights rights) {
        for (RecordId id : tree.shardIds(key)) {
            plan.expect(new Condition.Absent(id)).then(new Operation.NewShard(id, Shard.empty(rights, Instant.EPOCH)));
        }
    }

    private static Flare flareOf(Birth birth, Shard directory) {
        Rights parent = directory.rights();
        Inheritance inherited = Inheritance.of(
                birth.caller(), birth.type(), parent.gid(), parent.mode(), parent.defaults(), birth.mode());
        Rights rights = new Rights(
                inherited.mode(), birth.caller().uid(), inherited.gid(), inherited.access(), inherited.defaults(), 1);
        return new Flare(
                birth.type(), rights, 1, Times.allAt(directory.modified()), 1, birth.size(), 0, birth.special());
    }

    static Special file() {
        return new Special.File(Content.EMPTY);
    }
}
