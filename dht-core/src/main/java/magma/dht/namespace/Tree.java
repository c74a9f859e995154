package magma.dht.namespace;

import java.util.List;
import java.util.UUID;
import magma.dht.batch.Outcome;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Transactions.Carried;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Shard;
import magma.dht.routing.Slices;
import magma.dht.runtime.Background;
import magma.dht.runtime.Backoff;
import magma.dht.runtime.Entropy;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import org.jspecify.annotations.Nullable;

/** Reads of the tree, which the rules are decided from: flares, entries, directories. */
final class Tree {
    /** A record read, with the version that a condition can name. */
    record Found<T>(RecordId id, Version version, T value) {}

    private final Slices slices;
    private final Records records;
    private final Key root;
    private final Transactions transactions;
    private final Entropy entropy;
    private final @Nullable ClientCall call;

    Tree(Slices slices, KeyScheme keys, UUID network, Entropy entropy, Backoff backoff, Background background) {
        this.slices = slices;
        this.records = new Records(keys);
        this.root = keys.root(network);
        this.transactions = new Transactions(slices, entropy, backoff, background);
        this.entropy = entropy;
        this.call = null;
    }

    private Tree(Tree tree, ClientCall call) {
        this.slices = tree.slices;
        this.records = tree.records;
        this.root = tree.root;
        this.transactions = tree.transactions;
        this.entropy = tree.entropy;
        this.call = call;
    }

    /** The same tree; what is carried out is the client's {@code call}. */
    Tree under(ClientCall newCall) {
        return new Tree(this, newCall);
    }

    Slices slices() {
        return slices;
    }

    SliceMap map() {
        return slices.map();
    }

    Records records() {
        return records;
    }

    Key root() {
        return root;
    }

    Transactions transactions() {
        return transactions;
    }

    byte[] nonce() {
        return entropy.bytes(KeyScheme.NONCE_BYTES);
    }

    /** Carries out what is composed, see {@link Transactions#run}. */
    Carried carryOut(RecordId at, Transactions.Composer composer) throws FsException {
        return transactions.run(at, call, composer);
    }

    /** A plan that is decided in the slice of {@code at}. */
    Plan plan(RecordId at, Purpose purpose) {
        return new Plan(map(), at.key(), purpose);
    }

    /** The record as it is after all transactions that are committed; null where there is none. */
    @Nullable
    StoredRecord read(RecordId id) throws FsException {
        while (true) {
            Slices.Reading reading = slices.read(id);
            if (reading.lock() == null) {
                return reading.record();
            }
            if (transactions.finishIfCommitted(reading.lock())) {
                continue;
            }
            Slices.Reading again = slices.read(id);
            if (reading.lock().equals(again.lock())) {
                return again.record();
            }
        }
    }

    /** @throws FsException ENOENT when there is no such flare */
    Found<Flare> flare(Key key) throws FsException {
        RecordId id = Records.flare(key);
        StoredRecord record = read(id);
        if (record == null) {
            throw new FsException(Errno.ENOENT, "there is no flare " + key);
        }
        return new Found<>(id, record.version(), Flare.decode(record.value()));
    }

    /**
     * The flare that an entry leads to.
     *
     * @throws StaleReadException when the entry has changed since it was read
     * @throws FsException EIO when the entry leads nowhere
     */
    Found<Flare> flareOf(Found<Entry> entry) throws FsException {
        Key key = entry.value().flare();
        StoredRecord record = read(Records.flare(key));
        if (record != null) {
            return new Found<>(record.id(), record.version(), Flare.decode(record.value()));
        }
        StoredRecord again = read(entry.id());
        if (again == null || !again.version().equals(entry.version())) {
            throw new StaleReadException();
        }
        throw new FsException(Errno.EIO, "an entry leads to no flare: run magma fsck");
    }

    /** @throws FsException ENOENT; ENOTDIR */
    Found<Flare> directory(Key key) throws FsException {
        Found<Flare> found = flare(key);
        if (!found.value().isDirectory()) {
            throw new FsException(Errno.ENOTDIR, key + " is a " + found.value().type());
        }
        return found;
    }

    /** The entry, or null. */
    @Nullable
    Found<Entry> entry(Key directory, Name name) throws FsException {
        RecordId id = records.entry(directory, name);
        StoredRecord record = read(id);
        return record == null ? null : new Found<>(id, record.version(), Entry.decode(record.value()));
    }

    /**
     * The directory's shard in the slice that holds {@code place}.
     *
     * @throws FsException ENOENT when the directory is removed; ENOTDIR when it is none
     */
    Found<Shard> shard(Key directory, RecordId place) throws FsException {
        Slice slice = map().of(place.key());
        RecordId id = Records.shard(directory, slice);
        StoredRecord record = read(id);
        if (record == null) {
            directory(directory);
            throw new FsException(Errno.ENOENT, "the directory " + directory + " is removed");
        }
        return new Found<>(id, record.version(), Shard.decode(record.value()));
    }

    /** The slices that hold a part of the directory's window. */
    List<Slice> window(Key directory) {
        return map().within(KeyScheme.windowFirst(directory), KeyScheme.windowLast(directory));
    }

    /** The ids of all shards of a directory. */
    List<RecordId> shardIds(Key directory) {
        return window(directory).stream()
                .map(slice -> Records.shard(directory, slice))
                .toList();
    }

    /** All shards of a directory as if they were one; an empty one when it is removed. */
    Shard shards(Key directory, Flare flare) throws FsException {
        Shard merged = null;
        for (RecordId id : shardIds(directory)) {
            StoredRecord record = read(id);
            if (record != null) {
                Shard shard = Shard.decode(record.value());
                merged = merged == null ? shard : merged.merge(shard);
            }
        }
        if (merged == null) {
            return new Shard(
                    flare.rights(),
                    0,
                    0,
                    flare.times().modified(),
                    flare.times().changed(),
                    0);
        }
        return merged;
    }

    Attributes attributes(Key key) throws FsException {
        return attributes(key, flare(key).value());
    }

    Attributes attributes(Key key, Flare flare) throws FsException {
        return flare.isDirectory() ? flare.attributes(key, shards(key, flare)) : flare.attributes(key);
    }

    /** @throws FsException EACCES when the caller lacks any of the rwx bits in {@code wanted} */
    static void demand(Caller caller, Shard directory, int wanted) throws FsException {
        if (!directory.rights().allow(caller, FlareType.DIRECTORY, wanted)) {
            throw new FsException(Errno.EACCES, "no permission on the directory for " + caller);
        }
    }

    static FsException unexpected(Outcome outcome) {
        return new FsException(Errno.EIO, "unexpected answer " + outcome);
    }
}
