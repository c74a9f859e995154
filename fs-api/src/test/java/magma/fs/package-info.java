@NullMarked
package magma.fs;

import org.jspecify.annotations.NullMarked;
