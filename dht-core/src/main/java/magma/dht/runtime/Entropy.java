package magma.dht.runtime;

/** Randomness for nonces and transaction numbers. */
@FunctionalInterface
public interface Entropy {
    /** {@code count} random bytes, a new array. */
    byte[] bytes(int count);
}
