@NullMarked
package magma.shell;

import org.jspecify.annotations.NullMarked;
