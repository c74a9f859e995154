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
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.net.ssl.SSLContext;
import magma.dht.transport.netty.NetAddress;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Codecs;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;
import magma.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Sends frames of all kinds, changed at random, to a vulcano that runs: over connections that show the certificate of an operator, of another vulcano, or none, or have no
 * TLS. What is changed is a message's fields, to such as mean something there ({@link Variation}), its bytes, its length, or nothing; some frames come twice. What one
 * connection carries is made so that the vulcano decodes nearly all of it: it goes on, many frames at a time, until the first frame after which the vulcano must close.
 * Each connection must come to answered Pings or to its end.
 */
final class Fuzzer {
    /** As many as a client may have under way at least. */
    private static final int BATCH = 48;

    /** How often that is sent over one connection at most. */
    private static final int BATCHES = 24;

    private static final int STOP = Codecs.type(new AdminRequest.Stop());
    private static final int[] TELLING = {
        0, 1, -1, 255, 256, 65_535, 1 << 20, 8 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    /** One who sends frames. */
    private record Guise(Signal.Purpose purpose, SSLContext tls, byte[] hello) {}

    private final NetAddress door;
    private final Guise session;
    private final Guise administration;
    private final Guise joining;
    private final Guise peer;
    private final Guise relay;
    private final List<byte[]> all = new ArrayList<>();
    private final List<Message> administrating = new ArrayList<>();
    private final List<Message> calling = new ArrayList<>();
    private final List<Message> peering = new ArrayList<>();
    private final Variation variation;
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final ReentrantReadWriteLock pause = new ReentrantReadWriteLock();

    /**
     * @param operator the directory of a good certificate of an operator
     * @param vulcano the directory of one of a vulcano, which does not run, and so has no replica of any slice
     * @param golden a frame of each kind of message, as the tests of the codecs have them
     */
    Fuzzer(NetAddress door, Path operator, Path vulcano, Path golden) throws IOException {
        this.door = door;
        variation = new Variation();
        SSLContext member = RawPeer.tls(operator);
        SSLContext other = RawPeer.tls(vulcano);
        String name = Identity.load(vulcano).principal().name();
        session = guise(Signal.Purpose.SESSION, member, "raw");
        administration = guise(Signal.Purpose.ADMIN, member, "raw");
        joining = guise(Signal.Purpose.JOIN, RawPeer.tls(null), "raw");
        peer = guise(Signal.Purpose.PEER, other, "vulcano " + name);
        relay = guise(Signal.Purpose.RELAY, other, "raw");
        Properties kinds = new Properties();
        try (InputStream in = Files.newInputStream(golden)) {
            kinds.load(in);
        }
        for (Object hex : kinds.values()) {
            byte[] frame = HexFormat.of().parseHex(hex.toString());
            all.add(frame);
            Message message = decoded(frame);
            if (message instanceof AdminRequest && type(frame) != STOP) {
                administrating.add(message);
            } else if (message instanceof TreeRequest || message instanceof FileRequest) {
                calling.add(message);
            } else if (message instanceof PeerRequest || message instanceof Signal.Replicate) {
                peering.add(message);
            }
        }
    }

    /** A vulcano becomes a member and never starts. @return the directory of its identity */
    static Path addMember(VulcanoSettings settings, Surroundings around, String token) throws IOException {
        try (DataDirectory directory =
                NodeStart.joining(settings.joining(token, null), around, token).directory()) {
            return directory.identity();
        }
    }

    private static Guise guise(Signal.Purpose purpose, SSLContext tls, String client) {
        Signal.Hello hello = new Signal.Hello(1, Signal.Hello.ANY_NETWORK, purpose, client);
        return new Guise(purpose, tls, RawPeer.frame(hello, 0));
    }

    long frames() {
        return frames.get();
    }

    /** How deep it went. */
    String reach() {
        return connections + " connections, " + answers + " answers, " + (answers.get() - refusals.get())
                + " of success";
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

    /** Nothing is under way before this returns, nor until {@link #goOn}, which is for the same thread. */
    void rest() {
        pause.writeLock().lock();
    }

    void goOn() {
        pause.writeLock().unlock();
    }

    private void connect(Random random) throws IOException {
        int who = random.nextInt(100);
        if (who < 3) {
            try (RawPeer stranger = RawPeer.withoutTls(door)) {
                send(stranger, changed(random, all.get(random.nextInt(all.size()))), 1);
                stranger.endOutput();
                stranger.awaitEnd();
            }
            return;
        }
        Guise guise = who < 7 ? joining : who < 15 ? administration : who < 25 ? peer : who < 30 ? relay : session;
        try (RawPeer opened = RawPeer.over(guise.tls(), door)) {
            if (random.nextInt(12) == 0) {
                send(opened, changed(random, guise.hello()), 1);
                opened.endOutput();
                opened.awaitEnd();
                return;
            }
            opened.send(guise.hello());
            if (!(opened.receive() instanceof Signal.Welcome welcome)) {
                frames.incrementAndGet();
                return;
            }
            if (guise.purpose() == Signal.Purpose.SESSION) {
                variation.learn(welcome.root());
            }
            new Conversation(random, opened, guise.purpose()).run();
        }
    }

    /** What goes over one connection after the greeting. */
    private final class Conversation implements RawPeer.Answers {
        private final Random random;
        private final RawPeer peer;
        private final Signal.Purpose purpose;
        private final List<Message> usual;
        private long lastHandle;
        private byte[] before = RawPeer.frame(new Signal.Ping(), 0);

        Conversation(Random random, RawPeer peer, Signal.Purpose purpose) {
            this.random = random;
            this.peer = peer;
            this.purpose = purpose;
            usual = switch (purpose) {
                case SESSION, RELAY -> calling;
                case PEER -> peering;
                case ADMIN, JOIN -> administrating;
            };
        }

        void run() throws IOException {
            // What operators ask for is much work for one frame.
            boolean once = purpose == Signal.Purpose.ADMIN || purpose == Signal.Purpose.JOIN;
            int batches = once ? 1 : 1 + random.nextInt(BATCHES);
            for (int batch = 1; batch <= batches; batch++) {
                pause.readLock().lock();
                try {
                    if (!batch(batch == batches)) {
                        return;
                    }
                } finally {
                    pause.readLock().unlock();
                }
            }
        }

        /** @return whether the vulcano reads on */
        private boolean batch(boolean isLast) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            int count = 0;
            boolean goesOn = true;
            while (goesOn && count < BATCH) {
                byte[] frame = frame();
                // Every other connection ends with a frame that the vulcano must refuse.
                boolean mayEnd = isLast && (count == BATCH - 1 || random.nextInt(2 * BATCH) == 0);
                Message message = decoded(frame);
                boolean fits = message != null && fits(message);
                boolean waits = message instanceof TreeRequest.TakeLock lock && lock.waiting();
                if (type(frame) == STOP || (!mayEnd && !fits) || (waits && !isLast)) {
                    continue;
                }
                bytes.writeBytes(frame);
                count++;
                goesOn = fits;
            }
            bytes.writeBytes(RawPeer.frame(new Signal.Ping(), 0));
            send(peer, bytes.toByteArray(), count);
            if (!goesOn) {
                // Of a frame that claims to be longer than it is the vulcano waits for the rest.
                peer.endOutput();
            }
            return peer.awaitPong(this) && goesOn;
        }

        private byte[] frame() {
            int how = random.nextInt(800);
            if (how == 0) {
                // Once more, with the same id.
                return before;
            } else if (how < 20) {
                return changed(random, all.get(random.nextInt(all.size())));
            }
            Message sample = usual.get(random.nextInt(usual.size()));
            Message message = random.nextInt(10) == 0 ? sample : variation.of(sample, random, lastHandle);
            byte[] frame = RawPeer.frame(message, random.nextLong());
            before = random.nextInt(5) < 3 ? frame : changed(random, frame);
            return before;
        }

        /** Whether the vulcano reads on after this. */
        private boolean fits(Message message) {
            return switch (purpose) {
                case SESSION, RELAY -> message instanceof TreeRequest || message instanceof FileRequest;
                case PEER -> message instanceof PeerRequest || message instanceof Signal.Replicate;
                case ADMIN -> message instanceof AdminRequest && !(message instanceof AdminRequest.Join);
                case JOIN -> false;
            };
        }

        @Override
        public void counted(boolean isFailure) {
            answers.incrementAndGet();
            if (isFailure) {
                refusals.incrementAndGet();
            }
        }

        @Override
        public void given(Reply reply) {
            if (reply instanceof Reply.Opened opened) {
                lastHandle = Math.max(lastHandle, opened.handle());
            } else if (reply instanceof Reply.CreatedFile created) {
                lastHandle = Math.max(lastHandle, created.handle());
                variation.learn(created.attributes().key());
            } else if (reply instanceof Reply.AttributesOf of) {
                variation.learn(of.attributes().key());
            }
        }
    }

    private void send(RawPeer to, byte[] bytes, int count) {
        try {
            to.send(bytes);
        } catch (IOException closed) {
            // It has said enough.
        }
        frames.addAndGet(count);
    }

    /** Null for what is no message of this protocol. */
    private static @Nullable Message decoded(byte[] frame) {
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
