@NullMarked
package magma.dht.batch;

import org.jspecify.annotations.NullMarked;
