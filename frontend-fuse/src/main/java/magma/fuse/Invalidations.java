package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.fs.ChangeListener;
import magma.fs.Key;
import magma.fs.Name;
import magma.fuse.protocol.Negotiation;
import magma.fuse.protocol.Notifications;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the kernel what to forget because others changed it.
 *
 * <p>Attributes are told at once, by the thread that hears of the change: the kernel takes no lock for it. Pages and entries wait
 * in a queue for a thread of their own, as the kernel may have to wait for requests that are under way. The queue holds each
 * thing once; when it is full, all that the kernel knows is told instead.
 *
 * <p>Who changed something is answered when the kernel has forgotten it ({@link #heard}), where no request is under way here. Where one is, the kernel may hold a lock until that is answered,
 * and who asked may be waiting for what the other has, in turn: there pages and entries are told soon after.
 */
final class Invalidations implements ChangeListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Invalidations.class);
    private static final int MOST_PENDING = 10_000;

    /** How long others are kept at most. The kernel's locks are held for requests, and hardly for anything else. */
    private static final long PATIENCE_MILLIS = 200;

    private sealed interface Item {
        record Content(long node) implements Item {}

        record Entry(long directory, Name name) implements Item {}

        record Everything() implements Item {}
    }

    /** What shall be done when all that was pending before has been sent. */
    private record Waiter(long turn, Runnable action) {}

    private final KernelChannel channel;
    private final NodeTable nodes;
    private final long patienceMillis;
    private final ChangeClock clock = new ChangeClock();
    private final Thread thread;

    /** For what is sent at once; guarded by itself. */
    private final ByteBuffer nowBuffer = buffer();

    /** Requests for which the kernel may hold locks. */
    private final AtomicInteger underWay = new AtomicInteger();

    private volatile boolean hasEpoch;
    private volatile boolean expiresOnly;

    // Guarded by "this".
    private final LinkedHashSet<Item> pending = new LinkedHashSet<>();
    private final Queue<Waiter> waiters = new ArrayDeque<>();
    private long taken;
    private boolean sending;
    private boolean closed;

    Invalidations(KernelChannel channel, NodeTable nodes) {
        this(channel, nodes, PATIENCE_MILLIS);
    }

    /** @param patienceMillis instead of the usual */
    Invalidations(KernelChannel channel, NodeTable nodes, long patienceMillis) {
        this.channel = channel;
        this.nodes = nodes;
        this.patienceMillis = patienceMillis;
        this.thread = new Thread(this::run, "fuse-invalidations");
        thread.setDaemon(true);
        thread.start();
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(Notifications.MAX_BYTES).order(ByteOrder.nativeOrder());
    }

    /** Adapts to what the kernel understands. */
    void negotiated(Negotiation kernel) {
        hasEpoch = kernel.hasEpoch();
        expiresOnly = kernel.has(Negotiation.HAS_EXPIRE_ONLY);
    }

    /** The moment before a request asks the volume, to give to {@link #sentFlare} and {@link #sentEntry} after. */
    long now() {
        return clock.now();
    }

    /** To be called when attributes of {@code flare} that were asked for after {@code since} have been sent to the kernel. */
    void sentFlare(Key flare, long node, long since) {
        if (clock.now() != since && clock.hasChanged(flare, since)) {
            forgetAttributes(node);
        }
    }

    /** To be called when it has been sent to the kernel where a name leads, or that it leads nowhere. */
    void sentEntry(Key directory, long directoryNode, Name name, long since) {
        if (clock.now() != since && clock.hasChanged(directory, name, since)) {
            add(new Item.Entry(directoryNode, name));
        }
    }

    /** To be called when {@code flare}, of which that was asked after {@code since}, has no {@code security.capability}: the kernel asks before it writes, again and again. */
    void withoutCapability(Key flare, long node, long since) {
        nodes.markWithoutCapability(node);
        if (clock.now() != since && clock.hasChanged(flare, since)) {
            nodes.mayHaveCapability(node);
        }
    }

    /** To be called when this mount itself may have given {@code flare} a capability. */
    void capabilityGiven(Key flare, long node) {
        clock.change(flare);
        nodes.mayHaveCapability(node);
    }

    /** Makes the kernel forget all pages of a file. */
    void forgetContent(long node) {
        nodes.markChanged(node);
        add(new Item.Content(node));
    }

    @Override
    public void changed(Change change) {
        if (change instanceof Change.OfFlare flare) {
            clock.change(flare.flare());
            flareChanged(flare.flare(), flare.content());
        } else if (change instanceof Change.OfEntry entry) {
            clock.change(entry.directory(), entry.name());
            clock.change(entry.directory());
            long node = nodes.find(entry.directory());
            if (node != 0) {
                flareChanged(entry.directory(), true);
                add(new Item.Entry(node, entry.name()));
            }
        } else {
            clock.changeAll();
            nodes.allMayHaveCapability();
            add(new Item.Everything());
        }
    }

    /** A request is begun that {@linkplain magma.fuse.protocol.Opcode#mayHoldLocks may hold locks}; {@link #requestEnds} must follow. */
    void requestBegins() {
        underWay.incrementAndGet();
    }

    void requestEnds() {
        underWay.decrementAndGet();
    }

    @Override
    public CompletionStage<Void> heard() {
        CompletableFuture<Void> told = new CompletableFuture<>();
        if (underWay.get() > 0) {
            told.complete(null);
            return told;
        }
        whenTold(() -> told.complete(null));
        return told.isDone() ? told : told.completeOnTimeout(null, patienceMillis, TimeUnit.MILLISECONDS);
    }

    private void flareChanged(Key flare, boolean content) {
        long node = nodes.find(flare);
        if (node == 0) {
            return;
        }
        if (content) {
            forgetContent(node);
        } else {
            // What is written takes a capability off, and gives none.
            nodes.mayHaveCapability(node);
        }
        forgetAttributes(node);
    }

    /** Runs {@code action} when all that is pending now has been told: at once where nothing is. Must not block. */
    void whenTold(Runnable action) {
        synchronized (this) {
            if (!closed && (sending || !pending.isEmpty())) {
                waiters.add(new Waiter(taken + pending.size(), action));
                return;
            }
        }
        action.run();
    }

    private synchronized void add(Item item) {
        if (closed) {
            return;
        }
        if (pending.size() >= MOST_PENDING && !pending.contains(item)) {
            LOG.warn("{} invalidations are waiting: the kernel is told to forget everything instead", MOST_PENDING);
            taken += pending.size();
            pending.clear();
            pending.add(new Item.Everything());
            // Nothing that anyone waits for may be passed over: they wait for this one instead.
            List<Waiter> all = new ArrayList<>(waiters);
            waiters.clear();
            all.forEach(waiter -> waiters.add(new Waiter(taken + 1, waiter.action())));
        } else {
            pending.add(item);
        }
        notifyAll();
    }

    private void run() {
        ByteBuffer out = buffer();
        Item item = take();
        while (item != null) {
            try {
                tell(item, out);
            } catch (IOException | RuntimeException e) {
                LOG.error("The kernel could not be told to forget {}: this mount may show old data", item, e);
            }
            done();
            item = take();
        }
        done();
    }

    private synchronized @Nullable Item take() {
        while (pending.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        Iterator<Item> items = pending.iterator();
        if (closed || !items.hasNext()) {
            return null;
        }
        Item item = items.next();
        items.remove();
        taken++;
        sending = true;
        return item;
    }

    private void done() {
        List<Runnable> actions = new ArrayList<>();
        synchronized (this) {
            sending = false;
            Waiter waiter = waiters.peek();
            while (waiter != null && (closed || waiter.turn() <= taken)) {
                actions.add(waiter.action());
                waiters.remove();
                waiter = waiters.peek();
            }
        }
        actions.forEach(Runnable::run);
    }

    private void tell(Item item, ByteBuffer out) throws IOException {
        if (item instanceof Item.Content content) {
            Notifications.putContentInvalid(out, content.node());
            channel.send(out);
        } else if (item instanceof Item.Entry entry) {
            Notifications.putEntryInvalid(out, entry.directory(), entry.name().bytes(), expiresOnly);
            channel.send(out);
        } else {
            tellEverything(out);
        }
    }

    private void tellEverything(ByteBuffer out) throws IOException {
        if (hasEpoch) {
            Notifications.putEpoch(out);
            channel.send(out);
        }
        for (long node : nodes.all()) {
            nodes.markChanged(node);
            Notifications.putContentInvalid(out, node);
            channel.send(out);
        }
    }

    /** Makes the kernel forget the attributes of a node, at once. */
    void forgetAttributes(long node) {
        try {
            synchronized (nowBuffer) {
                Notifications.putAttributesInvalid(nowBuffer, node);
                channel.send(nowBuffer);
            }
        } catch (IOException e) {
            LOG.error("The kernel could not be told to forget attributes: this mount may show old ones", e);
        }
    }

    /** Sends no more. */
    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
