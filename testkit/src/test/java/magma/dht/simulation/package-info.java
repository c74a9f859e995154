/** Replication in virtual time: whole networks in one thread, with every fault that a seed brings, and invariants that are checked at each step. */
@NullMarked
package magma.dht.simulation;

import org.jspecify.annotations.NullMarked;
