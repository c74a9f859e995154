package magma.dht.storage;

/**
 * How full storage is, in bytes.
 *
 * @param total what the disk holds
 * @param used what this storage takes of it
 * @param available what may still be written before {@link StorageFullException}: the reserve is taken off
 */
public record Space(long total, long used, long available) {}
