package magma.vulcano;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import magma.dht.transport.netty.NetAddress;

/** Stands between one client and a vulcano, passes on what both say, and keeps what the client said. */
final class Eavesdropper implements AutoCloseable {
    private final ServerSocket listening;
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    Eavesdropper(NetAddress vulcano) throws IOException {
        listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        daemon(() -> {
            Socket client = listening.accept();
            Socket server = new Socket(vulcano.host(), vulcano.port());
            daemon(() -> pass(server.getInputStream(), client.getOutputStream(), false));
            pass(client.getInputStream(), server.getOutputStream(), true);
            server.close();
            client.close();
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
                // One of them has closed.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void pass(InputStream from, OutputStream to, boolean kept) throws IOException {
        byte[] bytes = new byte[16 << 10];
        for (int count = from.read(bytes); count >= 0; count = from.read(bytes)) {
            if (kept) {
                synchronized (heard) {
                    heard.write(bytes, 0, count);
                }
            }
            to.write(bytes, 0, count);
            to.flush();
        }
    }

    NetAddress address() {
        return new NetAddress(listening.getInetAddress(), listening.getLocalPort());
    }

    byte[] recorded() {
        synchronized (heard) {
            return heard.toByteArray();
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
