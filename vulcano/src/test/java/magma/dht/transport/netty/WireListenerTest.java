package magma.dht.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerService;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Codecs;
import magma.dht.wire.Frame;
import magma.dht.wire.Message;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a vulcano does with clients that are not as they should be: bytes on a plain socket. */
class WireListenerTest {
    private final ServedVolume volume = ServedVolume.of(new MemoryVolume());

    WireListenerTest() throws IOException {}

    @AfterEach
    void close() {
        volume.close();
    }

    @Test
    void anotherVersionIsRefusedWithTheReason() throws IOException {
        byte[] hello = frame(hello(Signal.Purpose.SESSION), 0);
        hello[6] = 2;
        try (Peer peer = new Peer()) {
            peer.send(hello);
            assertThat(peer.receive()).isInstanceOfSatisfying(Signal.Refused.class, refused -> {
                assertThat(refused.reason()).isEqualTo(Signal.Reason.VERSION);
                assertThat(refused.detail()).contains("version 1", "the client 2", "same release");
            });
            assertThat(peer.isClosed()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "474554202f20485454502f312e310d0a0d0a0d0a", // GET / HTTP/1.1
                "ffffffff000101000000000000000000",
                "00000000000101000000000000000000",
                "0000000c010301000000000000000000", // a request before Hello
                "00000010000101000000000000000000deadbeef" // a Hello without the magic
            })
    void strangersAreRefused(String bytes) throws IOException {
        try (Peer peer = new Peer()) {
            peer.send(HexFormat.of().parseHex(bytes));
            assertThat(peer.receive())
                    .isInstanceOfSatisfying(
                            Signal.Refused.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Signal.Reason.PROTOCOL));
            assertThat(peer.isClosed()).isTrue();
        }
    }

    @Test
    void aLongFirstFrameIsRefusedBeforeItArrives() throws IOException {
        try (Peer peer = new Peer()) {
            peer.send(ByteBuffer.allocate(4).putInt(Frame.MAX_LENGTH).array());
            assertThat(peer.receive()).isInstanceOf(Signal.Refused.class);
        }
    }

    @Test
    void clientsSendFramesOfTheirLengthAndNoLongerOnes() throws IOException, FsException {
        try (Peer client = new Peer()) {
            client.send(frame(hello(Signal.Purpose.SESSION), 0));
            assertThat(client.receive()).isInstanceOf(Signal.Welcome.class);
            int room = Frame.LENGTH_BYTES + Frame.CLIENT_LENGTH - frame(symlink(0), 1).length;
            client.send(frame(symlink(room), 1));
            assertThat(client.receive()).isInstanceOf(Reply.Failure.class);
            client.send(ByteBuffer.allocate(4).putInt(Frame.CLIENT_LENGTH + 1).array());
            assertThat(client.isClosed()).isTrue();
        }
    }

    @Test
    void vulcanosSendEachOtherTheLongestFrames() throws IOException {
        PeerService echo = new PeerService() {
            @Override
            public CompletableFuture<Reply> serve(VulcanoId from, PeerRequest request) {
                return CompletableFuture.completedFuture(
                        request instanceof PeerRequest.CouncilCall call
                                ? new PeerReply.CouncilAnswer(call.bytes())
                                : new Reply.Done());
            }

            @Override
            public void replicated(VulcanoId from, Signal.Replicate messages) {}
        };
        Served.Sessions none = (name, changes) -> {
            throw new FsException(Errno.EACCES, "no sessions here");
        };
        ListenerSettings settings = ListenerSettings.of(
                NetAddress.parse("127.0.0.1:0"), new UUID(1, 2), UUID.randomUUID(), UUID.randomUUID());
        try (WireListener listener = new WireListener(
                        settings,
                        new Served(
                                none,
                                none,
                                ServedVolume.administration(),
                                () -> CompletableFuture.completedFuture(null),
                                echo));
                Peer peer = new Peer(listener.address())) {
            String name = PeerLinks.name(new VulcanoId(new UUID(5, 6)));
            peer.send(frame(new Signal.Hello(0, Signal.Hello.ANY_NETWORK, Signal.Purpose.PEER, name), 0));
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            int room =
                    Frame.LENGTH_BYTES + Frame.MAX_LENGTH - frame(new PeerRequest.CouncilCall(new byte[0]), 1).length;
            peer.send(frame(new PeerRequest.CouncilCall(new byte[room]), 1));
            assertThat(peer.receive())
                    .isInstanceOfSatisfying(
                            PeerReply.CouncilAnswer.class,
                            answer -> assertThat(answer.bytes()).hasSize(room));
            peer.send(ByteBuffer.allocate(4).putInt(Frame.MAX_LENGTH + 1).array());
            assertThat(peer.isClosed()).isTrue();
        }
    }

    @Test
    void whatAdministratorsAskForKeepsNoSessionWaiting() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        Administration slow = ServedVolume.administration(() -> {
            try {
                boolean unused = over.await(2, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        ListenerSettings settings = ListenerSettings.of(
                NetAddress.parse("127.0.0.1:0"), new UUID(1, 2), UUID.randomUUID(), UUID.randomUUID());
        try (WireListener listener = new WireListener(settings, Served.alone(new MemoryVolume(), slow));
                RemoteVolume remote = new RemoteVolume(RemoteSettings.of(listener.address()));
                Peer administrator = new Peer(listener.address())) {
            administrator.send(frame(hello(Signal.Purpose.ADMIN), 0));
            assertThat(administrator.receive()).isInstanceOf(Signal.Welcome.class);
            for (int check = 1; check <= 2 * settings.workers(); check++) {
                administrator.send(frame(new AdminRequest.CheckNamespace(), check));
            }
            try (FileSystem session = remote.openSession("session", ChangeListener.NONE)) {
                assertThat(session.getAttributes(session.root()).key()).isEqualTo(session.root());
            } finally {
                over.countDown();
            }
        }
    }

    @Test
    void requestsOfTheOtherPurposeEndTheConnection() throws IOException {
        try (Peer peer = new Peer()) {
            peer.send(frame(hello(Signal.Purpose.ADMIN), 0));
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            peer.send(frame(new TreeRequest.GetStatistics(), 1));
            assertThat(peer.isClosed()).isTrue();
        }
    }

    @Test
    void framesThatComeByteByByteAreAsGoodAsWholeOnes() throws IOException {
        try (Peer peer = new Peer()) {
            for (byte b : frame(hello(Signal.Purpose.ADMIN), 0)) {
                peer.send(new byte[] {b});
            }
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            byte[] two = new byte[2 * Frame.HEAD_BYTES];
            ByteBuffer.wrap(two).put(frame(new AdminRequest.FlushAll(), 5)).put(frame(new Signal.Ping(), 0));
            peer.send(two);
            assertThat(new Object[] {peer.receive(), peer.receive()})
                    .containsExactlyInAnyOrder(new Reply.Done(), new Signal.Pong());
        }
    }

    @Test
    void anAddressThatIsTakenIsSaidSo() {
        ListenerSettings settings =
                ListenerSettings.of(volume.address(), new UUID(1, 2), UUID.randomUUID(), UUID.randomUUID());
        assertThatThrownBy(() -> {
                    WireListener second =
                            new WireListener(settings, Served.alone(new MemoryVolume(), ServedVolume.administration()));
                    second.close();
                })
                .isInstanceOf(BindException.class)
                .hasMessageContaining(volume.address().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:4610", "192.0.2.7:4610", "[2001:db8::1]:4610"})
    void withoutSecurityAddressesThatAreNotLoopbackAreRefusedWithTheReason(String address) {
        NetAddress outside = NetAddress.parse(address);
        assertThatThrownBy(() -> ListenerSettings.of(outside, new UUID(1, 2), UUID.randomUUID(), UUID.randomUUID()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a loopback address")
                .hasMessageContaining("use 127.0.0.1");
        assertThatThrownBy(() -> RemoteSettings.of(outside)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":4610", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1", "no.such.host.invalid:1"})
    void textsThatAreNoAddressAreRefused(String text) {
        assertThatThrownBy(() -> NetAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void addressesAreReadInAllTheirForms() {
        assertThat(NetAddress.parse("127.0.0.1:4711")).hasToString("127.0.0.1:4711");
        assertThat(NetAddress.parse("127.0.0.1")).isEqualTo(NetAddress.DEFAULT);
        assertThat(NetAddress.parse("[::1]:5").port()).isEqualTo(5);
        assertThat(NetAddress.parse("localhost:6").port()).isEqualTo(6);
    }

    private static TreeRequest symlink(int targetBytes) throws FsException {
        return new TreeRequest.MakeSymlink(Caller.ROOT, new Key(0, 0, 0), Name.of("s"), new byte[targetBytes]);
    }

    private static Signal.Hello hello(Signal.Purpose purpose) {
        return new Signal.Hello(0, Signal.Hello.ANY_NETWORK, purpose, "test");
    }

    private static byte[] frame(Message message, long id) {
        Codecs.Encoded encoded = Codecs.encode(message, id);
        byte[] bytes = new byte[encoded.bytes()];
        encoded.head().get(bytes);
        return bytes;
    }

    /** A plain socket. */
    private final class Peer implements AutoCloseable {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;

        Peer() throws IOException {
            this(volume.address());
        }

        Peer(NetAddress address) throws IOException {
            socket = new Socket(address.host(), address.port());
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
        }

        void send(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        Message receive() throws IOException {
            byte[] frame = new byte[Frame.LENGTH_BYTES + in.readInt()];
            ByteBuffer buffer = ByteBuffer.wrap(frame).putInt(frame.length - Frame.LENGTH_BYTES);
            in.readFully(frame, Frame.LENGTH_BYTES, frame.length - Frame.LENGTH_BYTES);
            Frame head = Frame.readHead(buffer.rewind());
            return Codecs.decode(head.type(), buffer.slice());
        }

        /** Whether the vulcano closed the connection; waits for it. */
        boolean isClosed() throws IOException {
            return in.read() < 0;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
