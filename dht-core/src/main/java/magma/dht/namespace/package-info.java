/** The rules of POSIX, as conditional batches over slices: paths, attributes, permissions, links, transactions. Pure. */
@NullMarked
package magma.dht.namespace;

import org.jspecify.annotations.NullMarked;
