package magma.dht.volume;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import magma.dht.batch.Batch;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.namespace.Namespace;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Times;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/**
 * Brings what happened to a file's content into its flare's record, in one term: size, times, and the privileges that a change takes off. Guarded by the lock of its {@link
 * FileContent}, but for {@link #capabilityGiven} and {@link #isAccessDue}.
 */
final class FlareCommits {
    private final Key file;
    private final Term term;
    private final Namespace namespace;
    private final Runnable unsure;
    private volatile Times times;

    /** Carries out another change of the flare in one step with operations that go before it. */
    @FunctionalInterface
    interface Company {
        /** @return the flare's record then; null where that change had been made before, and nothing was done now */
        byte @Nullable [] carryOut(List<Operation> operations) throws FsException;
    }

    /** Whether what is committed is to survive a loss of power, with all before it in the file's slice. */
    private boolean isSynced;

    /** Whether set-user-id and set-group-id go with what is committed next. */
    private boolean dropsPrivileges;

    /** With what changes of the content are to go. */
    private @Nullable Company company;

    /** Whether the file may have a capability, which the next change of content takes off. */
    private volatile boolean mayHaveCapability;

    /** @param unsure what is done where a commit may have been made or not: nobody knows the flare's record then */
    FlareCommits(Key file, Flare flare, Term term, Namespace namespace, Runnable unsure) {
        this.file = file;
        this.term = term;
        this.namespace = namespace;
        this.unsure = unsure;
        this.times = flare.times();
        // Setting an attribute is a change: a file that was only born has none.
        this.mayHaveCapability = flare.change() > 1;
    }

    Key file() {
        return file;
    }

    /** Somebody gave the file a capability. */
    void capabilityGiven() {
        mayHaveCapability = true;
    }

    /** Whether a read now moves atime. */
    boolean isAccessDue(Instant now) {
        return times.isAccessDue(now);
    }

    /** Somebody changed the content who may not keep set-user-id, if {@code drop}. */
    void dropPrivileges(boolean drop) {
        dropsPrivileges |= drop;
    }

    /** From now on, what is committed survives a loss of power; or not. */
    void synced(boolean synced) {
        isSynced = synced;
    }

    /** From now on, a change of the content goes with another change of the flare; or, when null, by itself. */
    void with(@Nullable Company newCompany) {
        company = newCompany;
    }

    /** Whether a change of the content takes one commit, which another change may go with. */
    boolean isSimple() {
        return !mayHaveCapability;
    }

    /** A new state of the content; size and times stay. */
    void content(Content content, long allocated, List<Operation> more, Purpose purpose) throws FsException {
        commit(FlareChange.newContent(content, allocated), more, purpose);
    }

    /**
     * The content was changed; mtime and ctime move.
     *
     * @param allocated by how many bytes more (or less) is stored
     * @param isRead whether it was read too, and atime moves
     */
    void changed(Content content, long size, long allocated, boolean isRead, List<Operation> more) throws FsException {
        FlareChange change = FlareChange.written(content, size, allocated, dropsPrivileges);
        if (isRead) {
            change = change.withTimes(new TimeChange.Now(), change.modified());
        }
        if (mayHaveCapability) {
            commitWithoutCapability(change, more);
        } else if (!isCommittedInCompany(change, more)) {
            commit(change, more, Purpose.GROW);
        }
        dropsPrivileges = false;
    }

    private boolean isCommittedInCompany(FlareChange change, List<Operation> more) throws FsException {
        Company other = company;
        if (other == null) {
            return false;
        }
        byte[] written;
        try {
            written = other.carryOut(operations(change, more));
        } catch (FsException e) {
            failed(e);
            throw e;
        }
        if (written != null) {
            times = Flare.decode(written).times();
        }
        return written != null;
    }

    /** The content was read: atime moves. */
    void read() throws FsException {
        commit(FlareChange.readNow(), List.of(), Purpose.RELEASE);
    }

    private void commitWithoutCapability(FlareChange change, List<Operation> more) throws FsException {
        // Before looking: one that is given from here on stays.
        mayHaveCapability = false;
        boolean done = false;
        try {
            List<Operation> operations = new ArrayList<>(more);
            if (namespace.hasCapability(file)) {
                operations.add(new Operation.Remove(Records.xattr(file, XattrName.CAPABILITY)));
            }
            commit(change, operations, Purpose.GROW);
            done = true;
        } finally {
            if (!done) {
                mayHaveCapability = true;
            }
        }
    }

    private void commit(FlareChange change, List<Operation> more, Purpose purpose) throws FsException {
        RecordId id = Records.flare(file);
        Batch batch = new Batch(List.of(new Condition.Exists(id)), operations(change, more), purpose);
        Outcome.Done done;
        try {
            done = isSynced
                    ? namespace.applySynced(file, batch, term.number())
                    : namespace.apply(file, batch, term.number());
        } catch (FsException e) {
            failed(e);
            throw e;
        }
        byte[] written = done.written().get(id);
        if (written != null) {
            times = Flare.decode(written).times();
        }
    }

    /** A change of the file failed. */
    void failed(FsException cause) {
        if (cause.errno() == Errno.EREMOTE) {
            unsure.run();
        }
    }

    private List<Operation> operations(FlareChange change, List<Operation> more) {
        List<Operation> operations = new ArrayList<>(more);
        operations.add(new Operation.ChangeFlare(Records.flare(file), change));
        return operations;
    }
}
