@NullMarked
package magma.dht.host;

import org.jspecify.annotations.NullMarked;
