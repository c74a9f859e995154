/**
 * The messages between a mount process and a vulcano, and their bytes. Pure: knows no socket, clock or thread. docs/wire.md states the protocol; this
 * package is what it says in code.
 */
@NullMarked
package magma.dht.wire;

import org.jspecify.annotations.NullMarked;
