@NullMarked
package magma.testkit.fs;

import org.jspecify.annotations.NullMarked;
