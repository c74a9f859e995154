package magma.vulcano;

import java.io.IOException;
import magma.dht.storage.Storage;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;

/**
 * What a vulcano stores on.
 *
 * @param clean whether nothing that it had appended can have been lost with the power
 * @param cleaned told when the council knows all that was lost here
 */
record NodeDisk(Storage storage, boolean clean, NodeParts.Cleaned cleaned) {

    /** Opens that of a data directory, or makes it where the directory is new; that of a witness is none. */
    static NodeDisk open(DataDirectory directory) throws IOException {
        if (directory.network().isWitness()) {
            return new NodeDisk(new NoStorage(), true, () -> {});
        }
        XodusStorage storage = directory.isNew()
                ? XodusStorage.create(directory.storage(), StorageSettings.DEFAULT)
                : XodusStorage.open(directory.storage(), StorageSettings.DEFAULT);
        return new NodeDisk(storage, storage.isClean(), storage::markClean);
    }
}
