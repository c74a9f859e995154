@NullMarked
package magma.testkit.host;

import org.jspecify.annotations.NullMarked;
