/** What is stored of flares, entries, directories and transactions, and its bytes. Pure. */
@NullMarked
package magma.dht.record;

import org.jspecify.annotations.NullMarked;
