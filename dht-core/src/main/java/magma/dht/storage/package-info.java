/**
 * Port: what the world must give a vulcano to keep records and content in. Adapters implement {@link magma.dht.storage.Storage}; storage-xodus
 * is the one that lasts.
 */
@NullMarked
package magma.dht.storage;

import org.jspecify.annotations.NullMarked;
