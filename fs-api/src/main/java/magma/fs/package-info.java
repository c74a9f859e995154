/**
 * What a filesystem is, as seen by everything that uses one: the FUSE and NFS front ends, the shell and the wire.
 *
 * <p>{@link magma.fs.Volume} opens sessions, {@link magma.fs.FileSystem} is a session's view of the tree,
 * {@link magma.fs.OpenFile} and {@link magma.fs.OpenDirectory} are what it holds open. No protocol's type appears here.
 */
@NullMarked
package magma.fs;

import org.jspecify.annotations.NullMarked;
