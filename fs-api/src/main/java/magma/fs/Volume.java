package magma.fs;

/** A filesystem as a whole, to which mounts and other clients open sessions. Safe for use by many threads. */
public interface Volume {

    /**
     * Opens a session. Sessions see each other's changes, opens and locks.
     *
     * @param client who it is, for people: "fuse /mnt/magma", "nfs 10.0.0.7"
     * @param listener is told of changes that other sessions made; called on threads of the volume's own, must return soon
     * @throws FsException ENOTCONN when the volume is shut down or cannot be reached
     */
    FileSystem openSession(String client, ChangeListener listener) throws FsException;
}
