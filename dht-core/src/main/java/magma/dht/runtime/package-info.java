/** Port: what the world must give besides storage: time, randomness, waiting. */
@NullMarked
package magma.dht.runtime;

import org.jspecify.annotations.NullMarked;
