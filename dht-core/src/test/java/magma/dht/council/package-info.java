@NullMarked
package magma.dht.council;

import org.jspecify.annotations.NullMarked;
