/** Contiguous ranges of keys and the map that tiles the key space with them. Pure. */
@NullMarked
package magma.dht.slice;

import org.jspecify.annotations.NullMarked;
