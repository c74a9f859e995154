package magma.vulcano;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import magma.dht.transport.netty.NetAddress;

/** Stands between clients and a vulcano, and keeps what the clients said; it can be cut, and mended. */
final class Cable implements AutoCloseable {
    private final NetAddress vulcano;
    private final ServerSocket listening;
    private final List<Socket> ends = new ArrayList<>();
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private boolean isCut;

    Cable(NetAddress vulcano) throws IOException {
        this.vulcano = vulcano;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                connect(listening.accept());
            }
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // It was cut, or one of the ends has closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void connect(Socket client) throws IOException {
        if (isCut) {
            client.close();
            return;
        }
        Socket server = new Socket(vulcano.host(), vulcano.port());
        ends.add(client);
        ends.add(server);
        daemon(() -> pass(client, server, true));
        daemon(() -> pass(server, client, false));
    }

    private void pass(Socket from, Socket to, boolean kept) throws IOException {
        byte[] bytes = new byte[16 << 10];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
                if (kept) {
                    synchronized (heard) {
                        heard.write(bytes, 0, count);
                    }
                }
                out.write(bytes, 0, count);
            }
        }
    }

    /** What the clients said. */
    byte[] recorded() {
        synchronized (heard) {
            return heard.toByteArray();
        }
    }

    /** All connections are over, and no new ones come about. */
    synchronized void cut() throws IOException {
        isCut = true;
        for (Socket end : ends) {
            end.close();
        }
        ends.clear();
    }

    synchronized void mend() {
        isCut = false;
    }

    NetAddress address() {
        return new NetAddress(listening.getInetAddress(), listening.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cut();
    }
}
