package magma.dht.transport.netty;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a vulcano listens.
 *
 * @param port 0 to 65535; 0 asks for any that is free
 */
public record NetAddress(InetAddress host, int port) {
    /** The port that is used where none is named. */
    public static final int PORT = 4610;

    /** 127.0.0.1 with the usual port. */
    public static final NetAddress DEFAULT = new NetAddress(InetAddress.getLoopbackAddress(), PORT);

    public NetAddress {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("no port: " + port);
        }
    }

    /**
     * Reads "HOST:PORT", "[ADDRESS]:PORT" or "HOST"; asks the resolver about names.
     *
     * @throws IllegalArgumentException for anything else, and for hosts that are not known
     */
    public static NetAddress parse(String text) {
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
            return new NetAddress(InetAddress.getByName(host), port);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no HOST:PORT, as 127.0.0.1:" + PORT, e);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the host of \"" + text + "\" is not known", e);
        }
    }

    public boolean isLoopback() {
        return host.isLoopbackAddress();
    }

    /**
     * For connections that are neither encrypted nor say who is at the other end: nothing but this machine's own loopback may be listened on or connected to.
     *
     * @throws IllegalArgumentException when the host is not loopback
     */
    public NetAddress checkLoopback() {
        if (!isLoopback()) {
            throw new IllegalArgumentException(host.getHostAddress()
                    + " is not a loopback address. This network has no identities and nothing is encrypted,"
                    + " so only this machine may connect: use 127.0.0.1, ::1 or localhost.");
        }
        return this;
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
