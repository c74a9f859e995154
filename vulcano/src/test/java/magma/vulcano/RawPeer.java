package magma.vulcano;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import magma.dht.transport.netty.NetAddress;
import magma.dht.wire.Codecs;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/** Whoever may stand before a vulcano's door: sends any bytes, over TLS with or without a certificate, or without TLS. */
final class RawPeer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int PONG = Codecs.type(new Signal.Pong());
    private static final int CHANGED = 0x5;
    private static final int FAILURE = 0x8002;

    /** AttributesOf, CreatedFile, Opened. */
    private static final Set<Integer> GIVING = Set.of(0x8003, 0x8006, 0x8007);

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    private RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    static RawPeer withoutTls(NetAddress address) throws IOException {
        return new RawPeer(new Socket(address.host(), address.port()));
    }

    /** The handshake is done on return. */
    static RawPeer over(SSLContext tls, NetAddress address) throws IOException {
        SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(address.host(), address.port());
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.setEnabledProtocols(new String[] {"TLSv1.3"});
            socket.startHandshake();
            return new RawPeer(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * For connections of one who shows a certificate.
     *
     * @param identity the directory of an identity; null for none
     */
    static SSLContext tls(@Nullable Path identity) throws IOException {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, new char[0]);
            if (identity != null) {
                List<Certificate> chain = new ArrayList<>(certificates(identity.resolve("identity.crt")));
                chain.addAll(certificates(identity.resolve("authority.crt")));
                store.setKeyEntry("own", key(identity), new char[0], chain.toArray(Certificate[]::new));
            }
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(keys.getKeyManagers(), new TrustManager[] {new Trusting()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static PrivateKey key(Path identity) throws IOException, GeneralSecurityException {
        String pem = Files.readString(identity.resolve("identity.key"));
        String base64 = pem.lines().filter(line -> !line.startsWith("-----")).reduce("", String::concat);
        return KeyFactory.getInstance("EC")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    private static List<? extends Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        try (InputStream pem = Files.newInputStream(file)) {
            return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(pem));
        }
    }

    static byte[] frame(Message message, long id) {
        Codecs.Encoded encoded = Codecs.encode(message, id);
        ByteBuffer frame = ByteBuffer.allocate(encoded.bytes());
        frame.put(encoded.head());
        ByteBuffer content = encoded.content();
        if (content != null) {
            frame.put(content.duplicate());
        }
        return frame.array();
    }

    static Signal.Hello hello(Signal.Purpose purpose) {
        return new Signal.Hello(0, Signal.Hello.ANY_NETWORK, purpose, "raw");
    }

    void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void send(Message message, long id) throws IOException {
        send(frame(message, id));
    }

    private record Incoming(Frame head, byte[] body) {
        Message message() throws MalformedFrameException {
            return Codecs.decode(head.type(), ByteBuffer.wrap(body));
        }
    }

    /** The next frame; null when the vulcano has closed. */
    private @Nullable Incoming next() throws MalformedFrameException {
        try {
            byte[] head = new byte[Frame.HEAD_BYTES];
            in.readFully(head);
            Frame frame = Frame.readHead(ByteBuffer.wrap(head));
            byte[] body = new byte[frame.length() - Frame.MIN_LENGTH];
            in.readFully(body);
            return new Incoming(frame, body);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the vulcano neither answers nor closes", e);
        } catch (MalformedFrameException e) {
            throw e;
        } catch (IOException closed) {
            return null;
        }
    }

    /** The next message; null when the vulcano has closed. */
    @Nullable
    Message receive() throws IOException {
        Incoming next = next();
        return next == null ? null : next.message();
    }

    /** Says that nothing more comes. */
    void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException closed) {
            // So has the vulcano.
        }
    }

    private void confirm(Signal.Changed changed) {
        try {
            send(new Signal.ChangesSeen(changed.sequence()), 0);
        } catch (IOException closed) {
            // Then nobody waits for it.
        }
    }

    /** Is told of what comes before the answer to a Ping. */
    interface Answers {
        /** @param isFailure whether the request was refused */
        void counted(boolean isFailure);

        /** Something that may be named from now on. */
        void given(Reply reply);
    }

    /**
     * Reads until a Ping is answered, or the vulcano closes.
     *
     * @return false when it has closed
     */
    boolean awaitPong(Answers answers) throws IOException {
        for (Incoming next = next(); next != null; next = next()) {
            int type = next.head().type();
            if (type == PONG) {
                return true;
            } else if (type == CHANGED) {
                confirm((Signal.Changed) next.message());
                continue;
            }
            answers.counted(type == FAILURE);
            if (GIVING.contains(type)) {
                answers.given((Reply) next.message());
            }
        }
        return false;
    }

    /** Whatever the vulcano says, it ends the connection. */
    void awaitEnd() {
        try {
            while (in.read() >= 0) {
                // Only the end counts.
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the vulcano does not close", e);
        } catch (IOException reset) {
            // That is an end too.
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is over anyway.
        }
    }

    /** Who attacks believes anybody. */
    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
