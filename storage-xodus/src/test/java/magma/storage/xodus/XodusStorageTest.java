package magma.storage.xodus;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import magma.dht.storage.Storage;
import magma.testkit.storage.StorageConformance;
import org.junit.jupiter.api.io.TempDir;

class XodusStorageTest extends StorageConformance {
    private final Map<Storage, Path> places = new HashMap<>();
    private final Map<Storage, StorageSettings> settings = new HashMap<>();

    @TempDir
    Path temp;

    private Storage open(Path place, StorageSettings with) throws Exception {
        XodusStorage storage = XodusStorage.open(place, with);
        places.put(storage, place);
        settings.put(storage, with);
        return storage;
    }

    @Override
    protected Storage create(long capacity, long reserve) throws Exception {
        Path place = temp.resolve("storage" + places.size());
        StorageSettings with = Small.SETTINGS.withCapacity(capacity, reserve).withSegmentBytes(1 << 20);
        XodusStorage.create(place, with).close();
        return open(place, with);
    }

    @Override
    protected Storage restart(Storage killed) throws Exception {
        ((XodusStorage) killed).abandon();
        return reopen(killed);
    }

    @Override
    protected Storage reopen(Storage closed) throws Exception {
        return open(Objects.requireNonNull(places.get(closed)), Objects.requireNonNull(settings.get(closed)));
    }

    @Override
    protected void settle(Storage storage) throws Exception {
        ((XodusStorage) storage).settle();
    }
}
