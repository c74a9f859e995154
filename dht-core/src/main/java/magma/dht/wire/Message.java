package magma.dht.wire;

/** What one frame says. */
public sealed interface Message permits Signal, Request, Reply {}
