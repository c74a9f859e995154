@NullMarked
package magma.identity;

import org.jspecify.annotations.NullMarked;
