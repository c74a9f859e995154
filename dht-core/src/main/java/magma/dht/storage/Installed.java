package magma.dht.storage;

/**
 * What one replica takes over from another of what that stores.
 *
 * @param mutation a record, a piece of a chunk, or that there is nothing
 * @param version under which the other stores it
 */
public record Installed(Mutation mutation, Version version) {
    public Installed {
        if (mutation instanceof Mutation.Punch) {
            throw new IllegalArgumentException("a chunk is installed whole, not punched: " + mutation.id());
        }
    }
}
