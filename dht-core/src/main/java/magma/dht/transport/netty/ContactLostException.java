package magma.dht.transport.netty;

import magma.dht.transport.NoContactException;

/** The connection broke before the reply came. */
final class ContactLostException extends NoContactException {
    private static final long serialVersionUID = 1L;

    /** @param sent whether the vulcano may have got the request */
    ContactLostException(boolean sent, String detail) {
        super(sent, detail);
    }
}
