/** Conditional batches: what a slice's primary is asked to do, how it checks and carries it out, and what it answers. Pure. */
@NullMarked
package magma.dht.batch;

import org.jspecify.annotations.NullMarked;
