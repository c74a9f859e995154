package magma.fs;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One session's view of a volume, addressed by flare. POSIX.1-2017 with Linux's extensions is the law of what each method does.
 *
 * <p><b>Threads.</b> All methods may be called by many threads at once and block until they are done, {@link #lock} excepted.
 *
 * <p><b>Atomicity.</b> Each method that changes the tree happens at one moment, as seen by every session.
 *
 * <p><b>Durability.</b> When a method returns, what it changed survives the death of any process at once; it survives a loss
 * of power after {@link OpenFile#sync}, {@link OpenDirectory#sync} or {@link #syncAll}. Only content given to
 * {@link OpenFile#write} may wait in memory, until sync, flush, close or the release of a lock returns, and at most a second.
 *
 * <p><b>Errors.</b> Besides what each method names: ENOENT or ESTALE for a key that is no (longer a) flare, ENOTDIR where
 * a directory is needed, EACCES where the caller lacks search permission on the directory addressed, ENOSPC and EDQUOT where
 * storage must grow and cannot, EIO where stored bytes are damaged, ENOTCONN after {@link #close} or when contact is lost,
 * EINTR when the thread was interrupted.
 * A method that throws has changed nothing.
 */
public interface FileSystem extends AutoCloseable {

    /** The directory at the top. */
    Key root();

    /**
     * What {@code name} leads to. Symbolic links are not followed. Needs search permission on {@code directory}.
     *
     * @throws FsException ENOENT, ENOTDIR, EACCES
     */
    Attributes lookup(Caller caller, Key directory, Name name) throws FsException;

    /**
     * The directory in which {@code directory} has its entry; the root is its own parent.
     *
     * @throws FsException ENOENT when it is removed, ENOTDIR
     */
    Key parent(Key directory) throws FsException;

    /** Needs no permission. An unlinked flare has attributes as long as a session holds it open. */
    Attributes getAttributes(Key flare) throws FsException;

    /**
     * Changes all that {@code changes} names, or nothing.
     *
     * <ul>
     *   <li>mode: by the owner or superuser, else EPERM. set-group-id of a non-directory is dropped silently when the caller is
     *       neither superuser nor in the group. An access ACL's classes follow.
     *   <li>uid: by the superuser (anyone may "change" their own flare's to what it is); gid: by the owner to a group that
     *       they are in, or the superuser; else EPERM. On files, set-user-id, and set-group-id where the group may execute, are
     *       dropped when anyone but the superuser changes uid or gid, and by the superuser too (as Linux does).
     *   <li>size: needs write permission, or {@code through} a file open for writing; EISDIR on directories, EINVAL on other
     *       types and negative sizes, EFBIG over the largest size. New bytes read as zeros. set-user-id and set-group-id are dropped as by a write.
     *   <li>times: to given values by the owner or superuser, else EPERM; both to now also with write permission, else EACCES.
     * </ul>
     *
     * ctime changes whenever anything does.
     *
     * @param through the open file by which it was asked (ftruncate), or null
     * @return the attributes afterwards
     */
    Attributes setAttributes(Caller caller, Key flare, AttributeChanges changes, @Nullable OpenFile through)
            throws FsException;

    /**
     * Returns when the caller has all permissions {@code wanted} on the flare.
     *
     * @throws FsException EACCES when not
     */
    void access(Caller caller, Key flare, Set<AccessMode> wanted) throws FsException;

    /**
     * Creates a regular file and opens it, or opens the one that is there where {@code exclusive} is false. The opener of a
     * file that it created needs no permission on it. Needs write and search permission on the directory.
     *
     * @param mode permission bits before umask and inheritance, see {@link Inheritance}
     * @throws FsException EEXIST where exclusive; EISDIR, ELOOP where the entry that is there is a directory or symlink; ENOENT when
     *     the directory is removed; as {@link #open} for one that is there
     */
    Created create(Caller caller, Key directory, Name name, int mode, boolean exclusive, Set<OpenOption> options)
            throws FsException;

    /** What {@link #create} gives: the attributes right after, the open file, and whether it was new. */
    record Created(Attributes attributes, OpenFile file, boolean isNew) {}

    /**
     * @throws FsException EEXIST; EMLINK when the parent has {@link Limits#LINKS} links; ENOENT when the directory is removed
     */
    Attributes makeDirectory(Caller caller, Key directory, Name name, int mode) throws FsException;

    /**
     * Makes a device, fifo, socket or empty regular file.
     *
     * @param type anything but DIRECTORY and SYMLINK
     * @param device Linux's 64-bit dev_t for devices, else 0
     * @throws FsException EEXIST; EPERM when a device is made by other than the superuser; EINVAL for other types
     */
    Attributes makeNode(Caller caller, Key directory, Name name, FlareType type, int mode, long device)
            throws FsException;

    /**
     * @param target 1 to {@link Limits#SYMLINK_BYTES} bytes, without NUL
     * @throws FsException EEXIST; ENAMETOOLONG or ENOENT for a target too long or empty, EINVAL for one with NUL
     */
    Attributes symlink(Caller caller, Key directory, Name name, byte[] target) throws FsException;

    /** @throws FsException EINVAL when the flare is no symlink */
    byte[] readLink(Key symlink) throws FsException;

    /**
     * Makes another name for a flare.
     *
     * @return the flare's attributes afterwards
     * @throws FsException EPERM for a directory; EEXIST; EMLINK; ENOENT for a flare that is unlinked
     */
    Attributes link(Caller caller, Key flare, Key directory, Name name) throws FsException;

    /**
     * Removes a name. The flare goes with its last name, when no session holds it open. In a sticky directory only the owner of
     * the flare or directory, or the superuser, may: EPERM.
     *
     * @throws FsException ENOENT; EISDIR for a directory
     */
    void unlink(Caller caller, Key directory, Name name) throws FsException;

    /** @throws FsException ENOENT; ENOTDIR; ENOTEMPTY; EPERM as {@link #unlink} for sticky */
    void removeDirectory(Caller caller, Key directory, Name name) throws FsException;

    /** What {@link #rename} does with an entry that stands at the new name. */
    enum RenameMode {
        /** It goes, atomically, where POSIX lets it. */
        REPLACE,
        /** EEXIST (RENAME_NOREPLACE). */
        NO_REPLACE,
        /** It gets the old name; it must be there (RENAME_EXCHANGE). */
        EXCHANGE
    }

    /**
     * Moves an entry; the flare stays what it is. Two names of the same flare: does nothing.
     *
     * @throws FsException ENOENT; EEXIST; EINVAL when a directory would come under itself; ENOTEMPTY, EISDIR, ENOTDIR as rename(2);
     *     EACCES when a directory that the caller may not write changes its parent; EPERM for sticky; EMLINK
     */
    void rename(Caller caller, Key fromDirectory, Name from, Key toDirectory, Name to, RenameMode mode)
            throws FsException;

    /**
     * Opens a regular file. Permission is checked here and never again for this open file. TRUNCATE needs write permission, EXECUTE execute permission.
     *
     * @throws FsException EACCES; EISDIR; ENXIO for a device, fifo or socket; ELOOP for a symlink
     */
    OpenFile open(Caller caller, Key file, Set<OpenOption> options) throws FsException;

    /** Opens a directory for listing, which needs read permission. @throws FsException EACCES; ENOTDIR */
    OpenDirectory openDirectory(Caller caller, Key directory) throws FsException;

    /** True figures of what the caller may still store. */
    Statistics statistics() throws FsException;

    /**
     * The value of an extended attribute. Names carry their namespace: "user.", "trusted." (superuser only), "security.". ACLs are not among
     * them. "user." ones exist on files and directories only, and need read permission.
     *
     * @throws FsException ENODATA when there is none; EOPNOTSUPP for other namespaces; EPERM, EACCES
     */
    byte[] getXattr(Caller caller, Key flare, XattrName name) throws FsException;

    /** What {@link #setXattr} shall find. */
    enum XattrMode {
        CREATE_OR_REPLACE,
        /** EEXIST when it is there. */
        CREATE,
        /** ENODATA when it is not. */
        REPLACE
    }

    /** @throws FsException E2BIG over {@link Limits#XATTR_BYTES}; ENOSPC over {@link Limits#XATTRS_BYTES} in all; else as {@link #getXattr} */
    void setXattr(Caller caller, Key flare, XattrName name, byte[] value, XattrMode mode) throws FsException;

    /** The names that the caller may see, sorted. */
    List<XattrName> listXattrs(Caller caller, Key flare) throws FsException;

    /** @throws FsException ENODATA; else as {@link #setXattr} */
    void removeXattr(Caller caller, Key flare, XattrName name) throws FsException;

    /** The flare's list; empty where the permission bits say all (ACCESS) or there is none (DEFAULT). @throws FsException EOPNOTSUPP for a symlink */
    Optional<Acl> getAcl(Key flare, Acl.Kind kind) throws FsException;

    /**
     * Sets or, with null, removes a list. An access list sets the nine permission bits too; a minimal one leaves only those.
     * set-group-id is dropped as by chmod.
     *
     * @throws FsException EPERM for other than owner and superuser; EACCES for a default list on a non-directory; EOPNOTSUPP for a symlink
     */
    void setAcl(Caller caller, Key flare, Acl.Kind kind, @Nullable Acl acl) throws FsException;

    /**
     * Takes a lock, replacing what the owner has on the range in the same family; adjacent ranges merge, as fcntl(2) says.
     *
     * <p>Never blocks. The future completes when the lock is granted, or exceptionally with an {@link FsException}: EAGAIN when another
     * owner is in the way and {@code wait} is false, EDEADLK when waiting would never end, ENOLCK over a limit, EINTR after {@code cancel}.
     * Cancelling the future of a lock that is being waited for withdraws the request; one already granted stays.
     * A granted lock sees everything that was written before the unlock that made way for it.
     */
    CompletableFuture<Void> lock(Key file, Lock lock, boolean wait);

    /** Releases the owner's locks of {@code family} on the range, splitting what reaches beyond. Written content is flushed before. */
    void unlock(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException;

    /** A lock of another owner that is in the way of {@code lock}, if there is one (F_GETLK). */
    Optional<Lock> findConflict(Key file, Lock lock) throws FsException;

    /** Makes all that has been changed, by any session, durable (syncfs). */
    void syncAll() throws FsException;

    /** Ends the session: flushes and closes what it has open, releases its locks. Idempotent. */
    @Override
    void close();

    /** The set of {@code options}. */
    static Set<OpenOption> options(OpenOption... options) {
        Set<OpenOption> set = EnumSet.noneOf(OpenOption.class);
        set.addAll(List.of(options));
        return set;
    }
}
