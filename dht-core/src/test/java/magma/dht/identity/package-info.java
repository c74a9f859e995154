@NullMarked
package magma.dht.identity;

import org.jspecify.annotations.NullMarked;
