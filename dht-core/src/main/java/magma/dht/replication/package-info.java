/** A slice's replica: conditional batches in, log records out. Pure: each replica belongs to one loop, which its owner gives it. */
@NullMarked
package magma.dht.replication;

import org.jspecify.annotations.NullMarked;
