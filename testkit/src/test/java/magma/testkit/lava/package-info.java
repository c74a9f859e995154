@NullMarked
package magma.testkit.lava;

import org.jspecify.annotations.NullMarked;
