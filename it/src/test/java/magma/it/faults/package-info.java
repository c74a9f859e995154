/** Faults of all kinds in a network of real processes, under a load that knows what was acknowledged. Run by {@code scripts/faults}. */
@NullMarked
package magma.it.faults;

import org.jspecify.annotations.NullMarked;
