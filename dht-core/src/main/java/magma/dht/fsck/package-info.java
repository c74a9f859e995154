/** The oracle: whether all records of a network agree with each other. Pure. */
@NullMarked
package magma.dht.fsck;

import org.jspecify.annotations.NullMarked;
