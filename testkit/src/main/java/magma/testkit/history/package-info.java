/** What clients asked and were told, and whether it can have been so. */
@NullMarked
package magma.testkit.history;

import org.jspecify.annotations.NullMarked;
