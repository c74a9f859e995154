/** From a key to the replica that answers for it. */
@NullMarked
package magma.dht.routing;

import org.jspecify.annotations.NullMarked;
