@NullMarked
package magma.testkit.storage;

import org.jspecify.annotations.NullMarked;
