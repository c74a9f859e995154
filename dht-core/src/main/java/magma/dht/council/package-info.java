/**
 * The council: what a lava network holds by consensus, how each command changes it, and what should be changed next. Pure; {@link magma.dht.council.Council} is the
 * port to the consensus itself.
 */
@NullMarked
package magma.dht.council;

import org.jspecify.annotations.NullMarked;
