/**
 * The replicas that a vulcano holds: what carries out the effects of {@link magma.dht.replication.Replication} and feeds it with what happens. Threads and locks live
 * here; what the world must give stands in {@link magma.dht.host.ReplicaPorts}.
 */
@NullMarked
package magma.dht.host;

import org.jspecify.annotations.NullMarked;
