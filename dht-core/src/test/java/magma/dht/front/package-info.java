@NullMarked
package magma.dht.front;

import org.jspecify.annotations.NullMarked;
