/** What single replicas do, and their messages as bytes; whole networks are in {@link magma.dht.simulation}. */
@NullMarked
package magma.dht.replication;

import org.jspecify.annotations.NullMarked;
