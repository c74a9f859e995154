package magma.dht.transport.netty;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import magma.dht.wire.Reply;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;

/** A volume, served on loopback by a listener and seen through a client of it. */
public final class ServedVolume implements Volume, AutoCloseable {
    private final Volume served;
    private final UUID network = new UUID(1, 2);
    private WireListener listener;
    private final RemoteVolume remote;

    private ServedVolume(Volume served, ListenerSettings settings) throws IOException {
        this.served = served;
        this.listener = new WireListener(settings, Served.alone(served, administration()));
        this.remote = new RemoteVolume(RemoteSettings.of(listener.address()));
    }

    public static ServedVolume of(Volume served) throws IOException {
        return new ServedVolume(
                served,
                ListenerSettings.of(
                        NetAddress.parse("127.0.0.1:0"), new UUID(1, 2), UUID.randomUUID(), new UUID(3, 4)));
    }

    static Administration administration() {
        return new NoAdministration();
    }

    /** Where each check of the namespace takes as long as {@code check} does. */
    static Administration administration(Runnable check) {
        return new NoAdministration() {
            @Override
            public Reply.Findings checkNamespace() {
                check.run();
                return super.checkNamespace();
            }
        };
    }

    NetAddress address() {
        return listener.address();
    }

    /** Breaks all connections, and listens again at the same address. */
    void restart() throws IOException {
        NetAddress address = listener.address();
        listener.close();
        listener = new WireListener(
                ListenerSettings.of(address, network, UUID.randomUUID(), new UUID(3, 4)),
                Served.alone(served, administration()));
    }

    @Override
    public FileSystem openSession(String client, ChangeListener changes) throws FsException {
        return remote.openSession(client, changes);
    }

    @Override
    public void close() {
        remote.close();
        listener.close();
    }

    private static class NoAdministration implements Administration {
        @Override
        public Reply.StatusOf status(List<Reply.SessionStatus> sessions) {
            throw new IllegalStateException("not asked for here");
        }

        @Override
        public void stop() {}

        @Override
        public Reply.Findings checkNamespace() {
            return new Reply.Findings(List.of(), 0, List.of());
        }

        @Override
        public Reply.Places locate(byte[] path) {
            return new Reply.Places(List.of());
        }

        @Override
        public void flush() {}
    }
}
