/** The whole of Magma: real processes and mounts, and the rules of its architecture. */
@NullMarked
package magma.it;

import org.jspecify.annotations.NullMarked;
