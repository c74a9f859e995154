@NullMarked
package magma.testkit.disk;

import org.jspecify.annotations.NullMarked;
