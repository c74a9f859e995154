/** Where things are in the key space: how keys are made from names. Pure. */
@NullMarked
package magma.dht.key;

import org.jspecify.annotations.NullMarked;
