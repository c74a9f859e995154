/**
 * How the replicas of one slice stay one: {@link magma.dht.replication.Replication} is the protocol as a machine, events in and effects out. Pure: each replica belongs to
 * one loop, which its owner gives it.
 */
@NullMarked
package magma.dht.replication;

import org.jspecify.annotations.NullMarked;
