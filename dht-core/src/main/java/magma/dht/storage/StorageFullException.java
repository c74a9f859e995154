package magma.dht.storage;

/** What was to be written does not fit without touching the reserve. Nothing was written. */
public final class StorageFullException extends StorageException {
    private static final long serialVersionUID = 1L;

    public StorageFullException(String message) {
        super(message);
    }
}
