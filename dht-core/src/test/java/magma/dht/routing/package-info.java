@NullMarked
package magma.dht.routing;

import org.jspecify.annotations.NullMarked;
