package magma.fs;

/**
 * What statvfs shows.
 *
 * @param blockBytes the unit that suits I/O
 * @param totalBytes all storage
 * @param freeBytes what is not in use
 * @param availableBytes what may still be stored: free less the reserve
 * @param flares how many there are
 * @param availableFlares how many more there may be, about
 */
public record Statistics(
        int blockBytes, long totalBytes, long freeBytes, long availableBytes, long flares, long availableFlares) {}
