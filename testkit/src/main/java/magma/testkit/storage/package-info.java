/** Storage for tests: one that rests in memory, one that fails when told to, and the suite that every {@link magma.dht.storage.Storage} must pass. */
@NullMarked
package magma.testkit.storage;

import org.jspecify.annotations.NullMarked;
