/** Advisory locks: who holds which ranges of a file, who waits, and who would wait for ever. Pure. */
@NullMarked
package magma.dht.lock;

import org.jspecify.annotations.NullMarked;
