package magma.vulcano;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import magma.dht.transport.netty.NetAddress;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Codecs;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;

/**
 * Sends frames of all kinds, changed at random, to a vulcano that runs: over connections that show a good certificate, none, or no TLS. What one connection carries is
 * made so that the vulcano decodes all of it: it goes on until the first frame after which the vulcano must close. Each connection must come to an answered Ping or to
 * its end.
 */
final class Fuzzer {
    /** As many as a client may have under way at least. */
    private static final int BATCH = 48;

    private static final int STOP = Codecs.type(new AdminRequest.Stop());
    private static final int[] TELLING = {
        0, 1, -1, 255, 256, 65_535, 1 << 20, 8 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    private final NetAddress door;
    private final SSLContext member;
    private final SSLContext nobody;
    private final List<byte[]> all = new ArrayList<>();
    private final List<byte[]> administration = new ArrayList<>();
    private final List<byte[]> calls = new ArrayList<>();
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();

    /**
     * @param identity the directory of a good certificate of an operator
     * @param golden a frame of each kind of message, as the tests of the codecs have them
     */
    Fuzzer(NetAddress door, Path identity, Path golden) throws IOException {
        this.door = door;
        member = RawPeer.tls(identity);
        nobody = RawPeer.tls(null);
        Properties kinds = new Properties();
        try (InputStream in = Files.newInputStream(golden)) {
            kinds.load(in);
        }
        for (Object hex : kinds.values()) {
            byte[] frame = HexFormat.of().parseHex(hex.toString());
            all.add(frame);
            Message message = decoded(frame);
            if (message instanceof AdminRequest && type(frame) != STOP) {
                administration.add(frame);
            } else if (message instanceof TreeRequest || message instanceof FileRequest) {
                calls.add(frame);
            }
        }
    }

    long frames() {
        return frames.get();
    }

    long connections() {
        return connections.get();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }

    /** Until so many frames were sent by all threads that do this. Each has a seed of its own. */
    void run(long seed, long until) {
        Random random = new Random(seed);
        while (frames.get() < until && failures.isEmpty()) {
            try {
                connections.incrementAndGet();
                connect(random);
            } catch (IOException | RuntimeException | AssertionError e) {
                failures.add("seed " + seed + ": " + e);
            }
        }
    }

    private void connect(Random random) throws IOException {
        int who = random.nextInt(100);
        if (who < 3) {
            try (RawPeer peer = RawPeer.withoutTls(door)) {
                send(peer, changed(random, all.get(random.nextInt(all.size()))), 1);
                peer.endOutput();
                peer.awaitEnd();
            }
            return;
        }
        SSLContext tls = who < 10 ? nobody : member;
        Signal.Purpose purpose = who < 10
                ? Signal.Purpose.JOIN
                : who < 15 ? Signal.Purpose.RELAY : who < 35 ? Signal.Purpose.ADMIN : Signal.Purpose.SESSION;
        byte[] hello = RawPeer.frame(RawPeer.hello(purpose), 0);
        try (RawPeer peer = RawPeer.over(tls, door)) {
            if (random.nextInt(12) == 0) {
                send(peer, changed(random, hello), 1);
                peer.endOutput();
                peer.awaitEnd();
                return;
            }
            peer.send(hello);
            if (!(peer.receive() instanceof Signal.Welcome)) {
                frames.incrementAndGet();
                return;
            }
            batch(random, peer, purpose);
        }
    }

    private void batch(Random random, RawPeer peer, Signal.Purpose purpose) throws IOException {
        List<byte[]> usual = purpose == Signal.Purpose.SESSION ? calls : administration;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int count = 0;
        boolean goesOn = true;
        while (goesOn && count < BATCH) {
            List<byte[]> kinds = random.nextInt(40) == 0 ? all : usual;
            byte[] frame = changed(random, kinds.get(random.nextInt(kinds.size())));
            // Most go on, so that a connection carries many; every other one ends with a frame that the vulcano must
            // refuse.
            boolean last = count == BATCH - 1 || random.nextInt(2 * BATCH) == 0;
            if (type(frame) == STOP || (!last && !fits(frame, purpose))) {
                continue;
            }
            bytes.writeBytes(frame);
            count++;
            goesOn = fits(frame, purpose);
        }
        bytes.writeBytes(RawPeer.frame(new Signal.Ping(), 0));
        send(peer, bytes.toByteArray(), count);
        if (!goesOn) {
            // Of a frame that claims to be longer than it is the vulcano waits for the rest.
            peer.endOutput();
        }
        peer.awaitPong();
    }

    private void send(RawPeer peer, byte[] bytes, int count) throws IOException {
        try {
            peer.send(bytes);
        } catch (IOException closed) {
            // It has said enough.
        }
        frames.addAndGet(count);
    }

    /** Whether the vulcano reads on after this frame. */
    private static boolean fits(byte[] frame, Signal.Purpose purpose) {
        Message message = decoded(frame);
        if (message instanceof AdminRequest) {
            return purpose == Signal.Purpose.ADMIN && !(message instanceof AdminRequest.Join);
        }
        return purpose == Signal.Purpose.SESSION && (message instanceof TreeRequest || message instanceof FileRequest);
    }

    /** Null for what is no message of this protocol. */
    private static @org.jspecify.annotations.Nullable Message decoded(byte[] frame) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(frame);
            Frame head = Frame.readHead(buffer);
            if (head.version() != Frame.VERSION || head.length() != frame.length - Frame.LENGTH_BYTES) {
                return null;
            }
            return Codecs.decode(head.type(), buffer.slice());
        } catch (MalformedFrameException | RuntimeException e) {
            return null;
        }
    }

    private static int type(byte[] frame) {
        return Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(4));
    }

    private static byte[] changed(Random random, byte[] sample) {
        byte[] frame = sample.clone();
        ByteBuffer.wrap(frame).putLong(8, random.nextLong());
        for (int change = random.nextInt(4); change > 0; change--) {
            frame = change(random, frame);
        }
        if (random.nextInt(60) != 0) {
            ByteBuffer.wrap(frame).putInt(0, frame.length - Frame.LENGTH_BYTES);
        }
        return frame;
    }

    private static byte[] change(Random random, byte[] frame) {
        int body = frame.length - Frame.HEAD_BYTES;
        switch (random.nextInt(24)) {
            case 0:
                return Arrays.copyOf(frame, Frame.HEAD_BYTES + random.nextInt(body + 1));
            case 1:
                return Arrays.copyOf(frame, frame.length + random.nextInt(64));
            case 2:
                frame[4 + random.nextInt(4)] = (byte) random.nextInt();
                return frame;
            default:
                if (body >= 4 && random.nextInt(4) == 0) {
                    int at = Frame.HEAD_BYTES + random.nextInt(body - 3);
                    ByteBuffer.wrap(frame).putInt(at, TELLING[random.nextInt(TELLING.length)]);
                } else if (body > 0) {
                    frame[Frame.HEAD_BYTES + random.nextInt(body)] ^= (byte) (1 << random.nextInt(8));
                }
                return frame;
        }
    }
}
