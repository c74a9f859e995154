@NullMarked
package magma.dht.runtime;

import org.jspecify.annotations.NullMarked;
