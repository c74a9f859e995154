/**
 * The FUSE front end: a volume as a mounted directory on Linux.
 *
 * <p>{@link magma.fuse.FuseMount} is the way in. Below it a session's threads take requests from a {@code KernelChannel},
 * which is /dev/fuse or a test's, and answer each by one call of fs-api; nothing but the kernel's own names for things (node
 * ids and handles) is kept here.
 */
@NullMarked
package magma.fuse;

import org.jspecify.annotations.NullMarked;
