package magma.dht.storage;

import java.io.IOException;

/** Storage failed: the disk gave an error, or bytes are damaged and no good copy is at hand. The message says what to do. */
public class StorageException extends IOException {
    private static final long serialVersionUID = 1L;

    public StorageException(String message) {
        super(message);
    }

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
