@NullMarked
package magma.dht.transport.netty;

import org.jspecify.annotations.NullMarked;
