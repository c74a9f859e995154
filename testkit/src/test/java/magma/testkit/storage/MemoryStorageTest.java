package magma.testkit.storage;

import magma.dht.storage.Storage;

class MemoryStorageTest extends StorageConformance {
    @Override
    protected Storage create(long capacity, long reserve) {
        return new MemoryStorage(capacity, reserve);
    }

    @Override
    protected Storage restart(Storage killed) {
        return ((MemoryStorage) killed).restart();
    }

    @Override
    protected Storage reopen(Storage closed) {
        return ((MemoryStorage) closed).restart();
    }

    @Override
    protected void settle(Storage storage) {}
}
