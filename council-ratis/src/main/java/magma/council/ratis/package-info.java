/** The council's consensus on Apache Ratis: its log on disk, its messages over Magma's own connections, its state at every member. */
@NullMarked
package magma.council.ratis;

import org.jspecify.annotations.NullMarked;
