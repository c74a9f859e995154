/** The {@code magma} command: one class for each verb. What each prints and how it exits is in docs/operations.md. */
@NullMarked
package magma.shell;

import org.jspecify.annotations.NullMarked;
