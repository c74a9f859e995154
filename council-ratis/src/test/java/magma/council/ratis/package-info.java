@NullMarked
package magma.council.ratis;

import org.jspecify.annotations.NullMarked;
