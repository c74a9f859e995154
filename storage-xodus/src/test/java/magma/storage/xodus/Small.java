package magma.storage.xodus;

/** Settings under which everything happens soon. */
final class Small {
    static final StorageSettings SETTINGS = StorageSettings.DEFAULT
            .withSegmentBytes(64 << 10)
            .withTableBytes(256 << 10)
            .withMemory(1 << 20, 8 << 20);

    private Small() {}
}
