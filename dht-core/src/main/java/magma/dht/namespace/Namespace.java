package magma.dht.namespace;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Births.Birth;
import magma.dht.namespace.Renames.Place;
import magma.dht.namespace.Tree.Found;
import magma.dht.record.Entry;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Rights;
import magma.dht.record.Times;
import magma.dht.routing.Slices;
import magma.dht.runtime.Background;
import magma.dht.runtime.Backoff;
import magma.dht.runtime.Entropy;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/**
 * The tree of names and attributes, and the rules of POSIX for it, as conditional batches over slices. What it answers is what is committed; content, open files,
 * locks and caches are the affair of who uses it. Errors are those of {@link magma.fs.FileSystem}'s methods of the same name.
 */
public final class Namespace {
    private final Tree tree;
    private final Births births;
    private final Links links;
    private final Renames renames;
    private final AttributeRules rules;
    private final Xattrs xattrs;
    private final Listing listing;

    public Namespace(Slices slices, KeyScheme keys, UUID network, Entropy entropy, Backoff backoff) {
        this(slices, keys, network, entropy, backoff, Background.NONE);
    }

    /** @param background finishes transactions that are decided */
    public Namespace(
            Slices slices, KeyScheme keys, UUID network, Entropy entropy, Backoff backoff, Background background) {
        this(new Tree(slices, keys, network, entropy, backoff, background));
    }

    private Namespace(Tree tree) {
        this.tree = tree;
        this.births = new Births(tree);
        this.links = new Links(tree);
        this.renames = new Renames(tree, links);
        this.rules = new AttributeRules(tree);
        this.xattrs = new Xattrs(tree);
        this.listing = new Listing(tree);
    }

    /**
     * The same namespace, for one operation that a client has asked for: if it was carried out before, by whichever vulcano, it is not carried out again, and
     * answered as it was. An operation that was refused is decided anew. Beside the errors of the operation, ESTALE says that the client has gone on to a later one.
     */
    public Namespace under(ClientCall call) {
        return new Namespace(tree.under(call));
    }

    /** Has {@code listener} told of every record of {@link magma.dht.record.RecordKind#CLEANING} as it comes to be. */
    public void onCleaning(Consumer<RecordId> listener) {
        tree.transactions().onCleaning(listener);
    }

    public Key root() {
        return tree.root();
    }

    public Records records() {
        return tree.records();
    }

    /** Makes the root of a new network, owned by the superuser, with mode 0755. Does nothing where there is one. */
    public void createRoot() throws FsException {
        RecordId id = Records.flare(tree.root());
        if (tree.read(id) != null) {
            return;
        }
        tree.carryOut(id, () -> {
            Rights rights = new Rights(0755, 0, 0, null, null, 1);
            Flare.Special special = new Flare.Special.Directory(tree.root());
            Flare flare = new Flare(FlareType.DIRECTORY, rights, 1, Times.allAt(Instant.EPOCH), 1, 0, 0, special);
            Plan plan = tree.plan(id, Purpose.GROW)
                    .expect(new Condition.Absent(id))
                    .then(new Operation.NewFlare(id, flare));
            Births.addShards(plan, tree, tree.root(), rights);
            return plan;
        });
    }

    /** Ends what a crash left half done. To be called before anything else, while nobody else is at work. @return how many transactions were ended */
    public int recover() throws FsException {
        return tree.transactions().recover();
    }

    public Attributes lookup(Caller caller, Key directory, Name name) throws FsException {
        for (int attempt = 0; ; attempt++) {
            RecordId id = tree.records().entry(directory, name);
            Tree.demand(caller, tree.shard(directory, id).value(), AccessMode.EXECUTE.bit());
            Found<Entry> entry = links.existing(directory, name);
            try {
                return tree.attributes(entry.value().flare());
            } catch (FsException e) {
                // Unlinked in between; the next look at the entry tells. An entry that stays is damage.
                if (e.errno() != Errno.ENOENT || attempt > 100) {
                    throw e;
                }
            }
        }
    }

    public Key parent(Key directory) throws FsException {
        Flare flare = tree.directory(directory).value();
        if (flare.links() == 0) {
            throw new FsException(Errno.ENOENT, "the directory is removed");
        }
        return Renames.parent(flare);
    }

    public Attributes attributes(Key flare) throws FsException {
        return tree.attributes(flare);
    }

    /** The flare's record. */
    public Flare flare(Key flare) throws FsException {
        return tree.flare(flare).value();
    }

    /** The content of a file that is kept inline; not a copy. */
    public byte[] inline(Key flare) throws FsException {
        StoredRecord record = tree.read(Records.inline(flare));
        return record == null ? new byte[0] : record.value();
    }

    public void access(Caller caller, Key key, Set<AccessMode> wanted) throws FsException {
        Flare flare = tree.flare(key).value();
        int bits = wanted.stream().mapToInt(AccessMode::bit).sum();
        if (!flare.rights().allow(caller, flare.type(), bits)) {
            throw new FsException(Errno.EACCES, "no " + wanted + " for " + caller);
        }
    }

    public Attributes createFile(Caller caller, Key directory, Name name, int mode) throws FsException {
        return births.flare(directory, name, new Birth(caller, FlareType.FILE, mode, 0, Births.file()));
    }

    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException {
        return makeDirectory(caller, directory, name, mode, slice -> true);
    }

    /** @param near the slices to choose from where the directory need not be in that of its name */
    public Attributes makeDirectory(Caller caller, Key directory, Name name, int mode, Predicate<Slice> near)
            throws FsException {
        Flare.Special special = new Flare.Special.Directory(directory);
        return births.directory(directory, name, new Birth(caller, FlareType.DIRECTORY, mode, 0, special), near);
    }

    public Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException {
        if (type == FlareType.FILE) {
            return createFile(caller, directory, name, mode);
        }
        if (type == FlareType.DIRECTORY || type == FlareType.SYMLINK) {
            throw new FsException(Errno.EINVAL, "a node cannot be a " + type);
        }
        if (type.isDevice() && !caller.isSuperuser()) {
            throw new FsException(Errno.EPERM, "only the superuser makes devices");
        }
        Flare.Special special = new Flare.Special.Node(type.isDevice() ? device : 0);
        return births.flare(directory, name, new Birth(caller, type, mode, 0, special));
    }

    public Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException {
        if (target.length == 0) {
            throw new FsException(Errno.ENOENT, "a symlink to nothing");
        }
        if (target.length > Limits.SYMLINK_BYTES) {
            throw new FsException(Errno.ENAMETOOLONG, "a symlink to " + target.length + " bytes");
        }
        if (new String(target, StandardCharsets.ISO_8859_1).indexOf(0) >= 0) {
            throw new FsException(Errno.EINVAL, "a symlink with NUL in it");
        }
        Flare.Special special = new Flare.Special.Symlink(target.clone());
        return births.flare(directory, name, new Birth(caller, FlareType.SYMLINK, 0777, target.length, special));
    }

    public byte[] readLink(Key key, Instant now) throws FsException {
        Flare flare = tree.flare(key).value();
        if (flare.special() instanceof Flare.Special.Symlink symlink) {
            if (flare.times().isAccessDue(now)) {
                touchAccess(key);
            }
            return symlink.target().clone();
        }
        throw new FsException(Errno.EINVAL, key + " is a " + flare.type());
    }

    /** Moves a flare's atime. */
    public void touchAccess(Key key) throws FsException {
        RecordId id = Records.flare(key);
        Operation read = new Operation.ChangeFlare(id, FlareChange.readNow());
        apply(key, new Batch(List.of(new Condition.Exists(id)), List.of(read), Purpose.RELEASE));
    }

    public Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException {
        return links.link(caller, flare, directory, name);
    }

    /** @return the flare that lost the name */
    public Key unlink(Caller caller, Key directory, Name name) throws FsException {
        return links.unlink(caller, directory, name);
    }

    /** @return the directory that is gone */
    public Key removeDirectory(Caller caller, Key directory, Name name) throws FsException {
        return links.removeDirectory(caller, directory, name);
    }

    /** What a rename touched: the flare that moved, and the one that stood at its new name. */
    public record Renamed(Key moved, @Nullable Key other) {}

    public Renamed rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException {
        Renames.Renamed renamed =
                renames.rename(caller, new Place(fromDirectory, from), new Place(toDirectory, to), mode);
        return new Renamed(renamed.moved(), renamed.other());
    }

    /** Changes all but the size, which goes with the content. */
    public void setAttributes(Caller caller, Key flare, AttributeChanges changes) throws FsException {
        rules.set(caller, flare, changes);
    }

    /** A change of a file's content by who leads its slice in that term, as operations on records of the slice. */
    public record ContentChange(List<Operation> operations, long term) {
        public ContentChange {
            operations = List.copyOf(operations);
        }
    }

    /**
     * Changes all but the size of a file after its content, in one step.
     *
     * @return the flare's record then; null where the same call did it before, and nothing was done now
     * @throws FsException EREMOTE and what changes of attributes fail with; then the content is as before too
     */
    public byte @Nullable [] setAttributes(Caller caller, Key file, AttributeChanges changes, ContentChange content)
            throws FsException {
        return rules.set(caller, file, changes, content);
    }

    public Optional<Acl> getAcl(Key key, Acl.Kind kind) throws FsException {
        Flare flare = tree.flare(key).value();
        if (flare.type() == FlareType.SYMLINK) {
            throw new FsException(Errno.EOPNOTSUPP, "a symlink has no ACL");
        }
        return flare.rights().acl(kind);
    }

    public void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException {
        rules.setAcl(caller, flare, kind, acl);
    }

    /** Whether a file has a capability. */
    public boolean hasCapability(Key file) throws FsException {
        return tree.read(Records.xattr(file, XattrName.CAPABILITY)) != null;
    }

    public byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException {
        return xattrs.get(caller, flare, name);
    }

    public void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException {
        xattrs.set(caller, flare, name, value, mode);
    }

    public List<XattrName> listXattrs(Caller caller, Key flare) throws FsException {
        return xattrs.list(caller, flare);
    }

    public void removeXattr(Caller caller, Key flare, XattrName name) throws FsException {
        xattrs.remove(caller, flare, name);
    }

    /** See {@link OpenDirectory#list}. */
    public OpenDirectory.Page list(Key directory, long cookie, int most, boolean attributes) throws FsException {
        return listing.list(directory, cookie, most, attributes);
    }

    /** Carries out one batch of the slice that holds {@code place}, and waits out transactions that are in its way. */
    public Outcome.Done apply(Key place, Batch batch) throws FsException {
        return tree.transactions().apply(tree.map().of(place), new Command.Apply(batch));
    }

    /** Carries out one batch as {@link #apply(Key, Batch)} does, here and in that term only. @throws FsException EREMOTE */
    public Outcome.Done apply(Key place, Batch batch, long term) throws FsException {
        return tree.transactions().applyInTerm(tree.map().of(place), new Command.Apply(batch), term);
    }

    /** The same, and all that the slice holds survives a loss of power then. @throws FsException EREMOTE */
    public Outcome.Done applySynced(Key place, Batch batch, long term) throws FsException {
        return tree.transactions().applySynced(tree.map().of(place), new Command.Apply(batch), term);
    }

    /**
     * Holds a flare open for a session, as long as the term lasts: it outlives its last name until {@link #release}.
     *
     * @return its record
     * @throws FsException ENOENT; EREMOTE
     */
    public Flare hold(Key key, UUID session, long term) throws FsException {
        Slice slice = tree.map().of(key);
        Command hold = new Command.Hold(key, session);
        Outcome outcome =
                tree.transactions().unblocked(() -> tree.transactions().submitInTerm(slice, hold, term));
        if (outcome instanceof Outcome.Done done) {
            byte[] value = done.written().get(Records.flare(key));
            if (value != null) {
                return Flare.decode(value);
            }
        }
        throw new FsException(Errno.ENOENT, "there is no flare " + key);
    }

    /** Lets go of a flare that the session held in that term. With the last hold of all sessions, a flare without a name goes. @throws FsException EREMOTE */
    public void release(Key key, UUID session, long term) throws FsException {
        Command release = new Command.Release(key, session);
        if (tree.transactions().submitInTerm(tree.map().of(key), release, term) instanceof Outcome.Done done) {
            tree.transactions().announceCleanings(done.written());
        }
    }

    /** Sessions have ended: what they held in the slice is let go, and what was answered to them forgotten. @throws FsException EREMOTE */
    public void endSessions(Slice slice, List<UUID> sessions, long term) throws FsException {
        tree.transactions().whole(slice, new Command.EndSessions(sessions), term);
        tree.transactions().whole(slice, new Command.ForgetOrigins(sessions), term);
    }

    /** All sessions that still are have declared what they hold open in the slice: what else has no name goes. @throws FsException EREMOTE */
    public void endReclaim(Slice slice, long term) throws FsException {
        tree.transactions().whole(slice, new Command.EndReclaim(), term);
    }

    /** Ends those of {@code old} transactions that the slice has prepared still: whoever began them is taken for dead. @return how many there were */
    public int settle(Slice slice, Collection<SliceState.LockedBy> old) throws FsException {
        return tree.transactions().end(slice, old);
    }
}
