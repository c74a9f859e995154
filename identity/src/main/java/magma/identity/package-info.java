/** Who belongs to a lava network: its authority, the certificates and keys of its members, and TLS between them. */
@NullMarked
package magma.identity;

import org.jspecify.annotations.NullMarked;
