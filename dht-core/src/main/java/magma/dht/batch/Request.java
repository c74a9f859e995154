package magma.dht.batch;

import org.jspecify.annotations.Nullable;

/**
 * A command as it is sent.
 *
 * @param id null for one that is sent once only
 */
public record Request(Command command, @Nullable RequestId id) {}
