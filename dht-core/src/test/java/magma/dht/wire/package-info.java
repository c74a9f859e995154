@NullMarked
package magma.dht.wire;

import org.jspecify.annotations.NullMarked;
