@NullMarked
package magma.fuse;

import org.jspecify.annotations.NullMarked;
