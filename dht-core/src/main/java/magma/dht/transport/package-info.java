/** Port: how vulcanos reach each other. The adapter is {@link magma.dht.transport.netty}. */
@NullMarked
package magma.dht.transport;

import org.jspecify.annotations.NullMarked;
