package magma.dht.volume;

/**
 * What a crash, or the end of sessions, left for the next start to finish.
 *
 * @param transactions over several slices that are carried through or undone
 * @param orphans flares without a name that were held open, and are removed
 * @param cleanings files of which content that no longer counts is removed, in the background
 */
public record Leftovers(int transactions, int orphans, int cleanings) {}
