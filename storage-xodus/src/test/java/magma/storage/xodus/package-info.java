@NullMarked
package magma.storage.xodus;

import org.jspecify.annotations.NullMarked;
