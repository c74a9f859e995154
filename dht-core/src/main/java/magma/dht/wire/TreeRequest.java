package magma.dht.wire;

import java.util.Set;
import magma.dht.batch.RequestId;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenOption;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** A call of {@link FileSystem}; what each does is stated there. */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface TreeRequest extends Request {

    /** One that only looks. */
    sealed interface Look extends TreeRequest {
        @Override
        default boolean isLook() {
            return true;
        }
    }

    /** Answered by {@link Reply.AttributesOf}. */
    record Lookup(Caller caller, Key directory, Name name) implements Look {}

    /** Answered by {@link Reply.KeyOf}. */
    record Parent(Key directory) implements Look {}

    /** Answered by {@link Reply.AttributesOf}. */
    record GetAttributes(Key flare) implements Look {}

    /**
     * Answered by {@link Reply.AttributesOf}.
     *
     * @param through the handle of an open file, {@link FileRequest#NO_HANDLE} for none
     */
    record SetAttributes(Caller caller, Key flare, AttributeChanges changes, long through) implements TreeRequest {}

    /** Answered by {@link Reply.Done}. */
    record Access(Caller caller, Key flare, Set<AccessMode> wanted) implements Look {}

    /** Answered by {@link Reply.CreatedFile}. */
    record Create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            implements TreeRequest {}

    /** Answered by {@link Reply.AttributesOf}. */
    record MakeDirectory(Caller caller, Key directory, Name name, int mode) implements TreeRequest {}

    /** Answered by {@link Reply.AttributesOf}. */
    record MakeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            implements TreeRequest {}

    /** Answered by {@link Reply.AttributesOf}. */
    record MakeSymlink(Caller caller, Key directory, Name name, byte[] target) implements TreeRequest {}

    /** Answered by {@link Reply.Content}. */
    record ReadLink(Key symlink) implements Look {}

    /** Answered by {@link Reply.AttributesOf}. */
    record Link(Caller caller, Key flare, Key directory, Name name) implements TreeRequest {}

    /** Answered by {@link Reply.Done}. */
    record Unlink(Caller caller, Key directory, Name name) implements TreeRequest {}

    /** Answered by {@link Reply.Done}. */
    record RemoveDirectory(Caller caller, Key directory, Name name) implements TreeRequest {}

    /** Answered by {@link Reply.Done}. */
    record Rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, FileSystem.RenameMode mode)
            implements TreeRequest {}

    /** Answered by {@link Reply.StatisticsOf}. */
    record GetStatistics() implements Look {}

    /** Answered by {@link Reply.Content}. */
    record GetXattr(Caller caller, Key flare, XattrName name) implements Look {}

    /** Answered by {@link Reply.Done}. */
    record SetXattr(Caller caller, Key flare, XattrName name, byte[] value, FileSystem.XattrMode mode)
            implements TreeRequest {}

    /** Answered by {@link Reply.Names}. */
    record ListXattrs(Caller caller, Key flare) implements Look {}

    /** Answered by {@link Reply.Done}. */
    record RemoveXattr(Caller caller, Key flare, XattrName name) implements TreeRequest {}

    /** Answered by {@link Reply.AclOf}. */
    record GetAcl(Key flare, Acl.Kind kind) implements Look {}

    /** Answered by {@link Reply.Done}. */
    record SetAcl(
            Caller caller,
            Key flare,
            Acl.Kind kind,
            @Nullable Acl acl) implements TreeRequest {}

    /** Answered by {@link Reply.Done} when granted, which may be much later. */
    record TakeLock(Key file, Lock lock, boolean waiting) implements TreeRequest {}

    /** Answered by {@link Reply.Done}. */
    record ReleaseLock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) implements TreeRequest {}

    /** Answered by {@link Reply.Conflict}. */
    record FindConflict(Key file, Lock lock) implements Look {}

    /** Answered by {@link Reply.Amount}: 1 where the lock's owner has all of its range locked for the session, in either way; 0 where not. */
    record HoldsLock(Key file, Lock lock) implements Look {}

    /** Answered by {@link Reply.Done}. */
    record SyncAll() implements TreeRequest {
        @Override
        public boolean isRepeatable() {
            return true;
        }
    }

    /**
     * A request of an operation that is carried out once, however often and wherever the session asks for it. Answered as {@code request} is.
     *
     * @param slot used by one operation of the session at a time; from 0 on
     * @param sequence grows with each operation of the slot; from 1 on
     * @param again whether it was asked for before
     */
    record Numbered(int slot, long sequence, boolean again, TreeRequest request) implements TreeRequest {
        public Numbered {
            if (request instanceof Numbered || request.isLook()) {
                throw new IllegalArgumentException("a request that is not numbered: " + request);
            }
            if (slot < 0 || slot >= RequestId.SLOTS || sequence < 1) {
                throw new IllegalArgumentException("operation " + sequence + " of slot " + slot);
            }
        }

        @Override
        public @Nullable Caller caller() {
            return request.caller();
        }

        /** The same, asked for once more. */
        public Numbered repeated() {
            return new Numbered(slot, sequence, true, request);
        }
    }

    /** Ends the session; answered by {@link Reply.Done} when it is closed. */
    record EndSession() implements TreeRequest {}
}
