package magma.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import magma.fuse.protocol.Opcode;
import magma.fuse.protocol.RequestHeader;

/** A kernel made of a test: it asks what the test says and keeps what is answered. */
final class ScriptedChannel implements KernelChannel {
    private static final byte[] END = new byte[0];

    private final BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
    private final ConcurrentHashMap<Long, BlockingQueue<Answer>> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<Answer> notifications = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> answered = new LinkedBlockingQueue<>();
    private final AtomicLong uniques = new AtomicLong();

    /**
     * @param code a reply's errno, 0 or negative, or a notification's code
     * @param body in the native byte order
     */
    record Answer(int code, ByteBuffer body) {}

    @Override
    public boolean receive(ByteBuffer into) {
        try {
            byte[] request = requests.take();
            if (request.length == 0) {
                requests.add(END);
                return false;
            }
            into.clear().put(request).flip();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean send(ByteBuffer message) {
        ByteBuffer copy = ByteBuffer.allocate(message.remaining()).order(ByteOrder.nativeOrder());
        copy.put(message).flip();
        if (copy.getInt() != copy.limit()) {
            throw new AssertionError("a message that lies about its length");
        }
        int code = copy.getInt();
        long unique = copy.getLong();
        Answer answer = new Answer(code, copy.slice().order(ByteOrder.nativeOrder()));
        if (unique == 0) {
            return notifications.add(answer);
        }
        BlockingQueue<Answer> waiting = answers.get(unique);
        return waiting != null && waiting.add(answer) && answered.add(unique);
    }

    @Override
    public void close() {}

    /** Unmounts. */
    void end() {
        requests.add(END);
    }

    /** Asks, as root, and returns the name of the request. */
    long ask(Opcode opcode, long node, Consumer<ByteBuffer> body) {
        return ask(opcode.number(), node, body);
    }

    long ask(int opcode, long node, Consumer<ByteBuffer> body) {
        ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.nativeOrder());
        out.position(RequestHeader.BYTES);
        body.accept(out);
        long unique = uniques.addAndGet(2);
        answers.put(unique, new LinkedBlockingQueue<>());
        out.putInt(0, out.position()).putInt(4, opcode).putLong(8, unique).putLong(16, node);
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        requests.add(bytes);
        return unique;
    }

    /** The name of the request that is asked next. */
    long nextUnique() {
        return uniques.get() + 2;
    }

    /** Asks with bytes that may make no sense. */
    void askRaw(byte[] request) {
        requests.add(request);
    }

    /** The answer to a request, waited for. */
    Answer answer(long unique) throws InterruptedException {
        Answer answer = queue(unique).poll(30, TimeUnit.SECONDS);
        if (answer == null) {
            throw new AssertionError("no answer to request " + unique);
        }
        return answer;
    }

    /** Which of {@code some} was answered first, of those not yet told; waited for. */
    long firstAnswered(Collection<Long> some) throws InterruptedException {
        while (true) {
            Long unique = answered.poll(30, TimeUnit.SECONDS);
            if (unique == null) {
                throw new AssertionError("no answer to any of " + some);
            }
            if (some.contains(unique)) {
                return unique;
            }
        }
    }

    private BlockingQueue<Answer> queue(long unique) {
        return Objects.requireNonNull(answers.get(unique), "no such request");
    }

    /** Whether the request has no answer yet. */
    boolean isUnanswered(long unique) {
        return queue(unique).isEmpty();
    }

    Answer call(Opcode opcode, long node, Consumer<ByteBuffer> body) throws InterruptedException {
        return answer(ask(opcode, node, body));
    }

    /** The next notification, waited for. */
    Answer notification() throws InterruptedException {
        Answer notification = notifications.poll(30, TimeUnit.SECONDS);
        if (notification == null) {
            throw new AssertionError("no notification");
        }
        return notification;
    }

    boolean hasNotification() {
        return !notifications.isEmpty();
    }
}
