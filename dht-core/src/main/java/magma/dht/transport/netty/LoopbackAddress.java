package magma.dht.transport.netty;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a vulcano listens. Connections are neither encrypted nor is anyone's identity checked, so nothing but this machine's own loopback may be
 * listened on or connected to.
 *
 * @param host a loopback address
 * @param port 0 to 65535; 0 asks for any that is free
 */
public record LoopbackAddress(InetAddress host, int port) {
    /** The port that is used where none is named. */
    public static final int PORT = 4610;

    /** 127.0.0.1 with the usual port. */
    public static final LoopbackAddress DEFAULT = new LoopbackAddress(InetAddress.getLoopbackAddress(), PORT);

    /** @throws IllegalArgumentException when the host is not loopback */
    public LoopbackAddress {
        if (!host.isLoopbackAddress()) {
            throw new IllegalArgumentException(host.getHostAddress()
                    + " is not a loopback address. Vulcanos have no identities yet and nothing is encrypted,"
                    + " so only this machine may connect: use 127.0.0.1, ::1 or localhost.");
        }
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("no port: " + port);
        }
    }

    /**
     * Reads "HOST:PORT", "[::1]:PORT" or "HOST".
     *
     * @throws IllegalArgumentException for anything else, hosts that are not known, and hosts that are not loopback
     */
    public static LoopbackAddress parse(String text) {
        int bracket = text.lastIndexOf(']');
        int colon = text.lastIndexOf(':');
        boolean bareIpv6 = bracket < 0 && colon != text.indexOf(':');
        boolean hasPort = colon > bracket && !bareIpv6;
        String host = hasPort ? text.substring(0, colon) : text;
        if (host.isEmpty()) {
            throw new IllegalArgumentException("\"" + text + "\" names no host: write HOST:PORT, as 127.0.0.1:" + PORT);
        }
        try {
            int port = hasPort ? Integer.parseInt(text.substring(colon + 1)) : PORT;
            return new LoopbackAddress(InetAddress.getByName(host), port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no HOST:PORT, as 127.0.0.1:" + PORT, e);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the host of \"" + text + "\" is not known", e);
        }
    }

    InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    /** HOST:PORT. */
    @Override
    public String toString() {
        String literal = host.getHostAddress();
        return (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + port;
    }
}
