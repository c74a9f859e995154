/**
 * Who may do what in a lava network: roles, the ids that a member may claim, invitations, and the messages by which one joins. Pure: keys and certificates are
 * bytes here; the module identity makes and checks them.
 */
@NullMarked
package magma.dht.identity;

import org.jspecify.annotations.NullMarked;
