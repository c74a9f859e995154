/**
 * The wire over TCP, on Netty: the listener by which a vulcano serves a {@link magma.fs.Volume}, the {@link magma.fs.Volume} that a mount process sees, and
 * the administrator's client. Native epoll where it loads, NIO elsewhere.
 */
@NullMarked
package magma.dht.transport.netty;

import org.jspecify.annotations.NullMarked;
