package magma.dht.transport.netty;

import magma.dht.wire.FileRequest;
import magma.dht.wire.Reply;
import magma.fs.FsException;

/**
 * What is open at the vulcano.
 *
 * @param on the connection for which the number is good
 */
record RemoteHandle(ClientConnection on, long number) {

    static RemoteHandle open(RemoteLink link, FileRequest request) throws FsException {
        ClientConnection[] by = new ClientConnection[1];
        try (Answer answer = link.call(connection -> {
            by[0] = connection;
            return request;
        })) {
            return new RemoteHandle(by[0], answer.as(Reply.Opened.class).handle());
        }
    }

    /** Opens again what was open before contact was lost. @throws FsException ESTALE and others when that cannot be */
    static RemoteHandle reopen(ClientConnection connection, FileRequest request)
            throws FsException, ContactLostException {
        try (Answer answer = RemoteLink.checked(connection.call(request))) {
            return new RemoteHandle(connection, answer.as(Reply.Opened.class).handle());
        }
    }
}
