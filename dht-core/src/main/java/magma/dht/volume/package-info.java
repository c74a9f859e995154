/** The filesystem as sessions use it: open files, buffered writes, locks, orphans. Threads and locks live here. */
@NullMarked
package magma.dht.volume;

import org.jspecify.annotations.NullMarked;
