/**
 * The messages that Linux exchanges with a FUSE daemon over /dev/fuse, as bytes: include/uapi/linux/fuse.h, protocol 7.31
 * (Linux 5.4) to 7.45 (6.18).
 *
 * <p>Pure: no I/O, no threads, no state. Integers are in the machine's byte order, as the kernel writes them.
 */
@NullMarked
package magma.fuse.protocol;

import org.jspecify.annotations.NullMarked;
