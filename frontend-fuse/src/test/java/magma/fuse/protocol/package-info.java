@NullMarked
package magma.fuse.protocol;

import org.jspecify.annotations.NullMarked;
