package magma.dht.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEffect;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** One vulcano with one replica: its process may end and start again, hang, or lose power; its clock runs at a speed of its own. */
final class SimulatedVulcano {
    private static final long TICK = 50_000_000;

    private final int number;
    private final Network network;
    private final Random random;
    private final Disk disk = new Disk();
    private final double speed;
    private final Deque<ReplicationEvent<Change>> waiting = new ArrayDeque<>();
    private long incarnation;
    private boolean clean = true;
    private boolean paused;
    private @Nullable Life life;

    /** One process. */
    private final class Life {
        final long incarnation;
        final Replication<Change> replication;
        final Map<Long, Consumer<Boolean>> tickets = new HashMap<>();
        private Table end = new Table();
        private long endEpoch;
        private int endLength;
        private long lastTicket;

        Life(long incarnation) {
            this.incarnation = incarnation;
            this.replication =
                    new Replication<>(id(number), incarnation, network.settings(), disk.entries(), clean, clock());
        }

        /** Brings the table to the end of the log, which only grows while this process leads in one epoch. */
        void look() {
            SliceConfig config = replication.config();
            long epoch = config == null ? 0 : config.epoch();
            if (epoch != endEpoch) {
                end = new Table();
                endLength = 0;
                endEpoch = epoch;
            }
            List<LogEntry<Change>> more = replication.entriesAfter(endLength);
            end.applyAll(more);
            endLength += more.size();
        }
    }

    SimulatedVulcano(int number, Network network, Random random) {
        this.number = number;
        this.network = network;
        this.random = random;
        this.speed = 0.97 + 0.06 * random.nextDouble();
    }

    static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number));
    }

    static int number(VulcanoId id) {
        return (int) id.uuid().getLeastSignificantBits();
    }

    private long clock() {
        return (long) (network.timeline().now() * speed) + number * 1_000_000_000_000L;
    }

    boolean isAlive() {
        return life != null;
    }

    /** The replica, or null while no process runs. */
    @Nullable
    Replication<Change> replication() {
        Life here = life;
        return here == null ? null : here.replication;
    }

    Disk disk() {
        return disk;
    }

    void start() {
        incarnation++;
        life = new Life(incarnation);
        paused = false;
        tick(life);
    }

    private void tick(Life of) {
        if (life == of) {
            happen(new ReplicationEvent.Tick<>());
            network.timeline().after(TICK, () -> tick(of));
        }
    }

    /**
     * Ends the process.
     *
     * @param power whether what was not synced is lost with it
     */
    void end(boolean power) {
        Life ended = life;
        if (ended == null) {
            return;
        }
        life = null;
        waiting.clear();
        clean = !power && ended.replication.isClean();
        if (power) {
            disk.losePower(random);
        } else if (random.nextInt(3) > 0) {
            network.tellDeath(number, ended.incarnation);
        }
    }

    void pause() {
        paused = true;
    }

    void go() {
        paused = false;
        while (!waiting.isEmpty() && life != null && !paused) {
            happen(waiting.remove());
        }
    }

    void happen(ReplicationEvent<Change> event) {
        Life here = life;
        if (here == null) {
            return;
        }
        if (paused) {
            if (waiting.size() < 10_000) {
                waiting.add(event);
            }
            return;
        }
        for (ReplicationEffect<Change> effect : network.rules().step(here.replication, clock(), event)) {
            carryOut(here, effect);
        }
        network.invariants().acts(number, here.incarnation, here.replication);
    }

    private void carryOut(Life here, ReplicationEffect<Change> effect) {
        if (effect instanceof ReplicationEffect.Send<Change> send) {
            network.send(number, number(send.to()), send.message());
        } else if (effect instanceof ReplicationEffect.Append<Change> append) {
            disk.append(append.entry());
            Version last = append.entry().version();
            later(here, 2_000_000, new ReplicationEvent.Appended<>(last));
        } else if (effect instanceof ReplicationEffect.Truncate<Change> truncate) {
            network.rules().truncate(disk, truncate.sequence());
        } else if (effect instanceof ReplicationEffect.Sync<Change>) {
            sync(here);
        } else if (effect instanceof ReplicationEffect.Committed<Change> committed) {
            network.invariants().committed(number, here.replication, committed.sequence());
        } else if (effect instanceof ReplicationEffect.Propose<Change> propose) {
            network.council()
                    .compareAndSet(
                            number, propose.next(), config -> toLife(here, new ReplicationEvent.Learned<>(config)));
        } else if (effect instanceof ReplicationEffect.AskCouncil<Change>) {
            network.council().read(number, config -> toLife(here, new ReplicationEvent.Learned<>(config)));
        } else if (effect instanceof ReplicationEffect.Done<Change> done) {
            answer(here, done.ticket(), true);
        } else if (effect instanceof ReplicationEffect.Refused<Change> refused) {
            answer(here, refused.ticket(), false);
        }
    }

    private void sync(Life here) {
        int length = disk.length();
        Version last = disk.last();
        network.timeline().after((long) (random.nextDouble() * 8_000_000), () -> {
            if (life == here) {
                disk.synced(length);
                happen(new ReplicationEvent.Synced<>(last));
            }
        });
    }

    private void later(Life here, long atMost, ReplicationEvent<Change> event) {
        network.timeline().after((long) (random.nextDouble() * atMost), () -> toLife(here, event));
    }

    private void toLife(Life of, ReplicationEvent<Change> event) {
        if (life == of) {
            happen(event);
        }
    }

    private static void answer(Life here, long ticket, boolean done) {
        Consumer<Boolean> then = here.tickets.remove(ticket);
        if (then != null) {
            then.accept(done);
        }
    }

    /** A client's request, as the process sees it. No answer comes where it does not lead. */
    void request(Op op, Consumer<Op.Reply> reply) {
        Life here = life;
        if (here == null || paused || !here.replication.isPrimary()) {
            return;
        }
        here.look();
        Op.Reply known = network.rules().known(here.end, op);
        if (here.end.isPast(op)) {
            return;
        }
        long ticket = ++here.lastTicket;
        boolean changes = known == null && op.kind() != Op.Kind.READ;
        Op.Reply answer = known != null ? known : new Op.Reply(op.number(), here.end.result(op));
        here.tickets.put(ticket, done -> {
            if (done) {
                if (changes) {
                    network.invariants().acknowledged(op);
                }
                reply.accept(answer);
            }
        });
        happen(
                changes
                        ? new ReplicationEvent.Proposed<>(ticket, new Change(op, answer.value()), op.sync())
                        : new ReplicationEvent.Asked<>(ticket));
        if (network.rules().answersEarly(changes)) {
            answer(here, ticket, true);
        }
    }
}
