package magma.dht.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** One vulcano with one replica: its process may end and start again, hang, or lose power; its clock runs at a speed of its own. */
final class SimulatedVulcano {
    private static final long MUCH = 1L << 40;

    private final int number;
    private final Network network;
    private final Random random;
    private final Disk disk = new Disk();
    private final double speed;
    private final boolean keepsForCopies;
    private final Deque<ReplicationEvent<Change>> waiting = new ArrayDeque<>();
    private long incarnation;
    private boolean clean = true;
    private boolean paused;
    private boolean full;
    private @Nullable Life life;

    SimulatedVulcano(int number, Network network, Random random) {
        this.number = number;
        this.network = network;
        this.random = random;
        this.speed = 0.97 + 0.06 * random.nextDouble();
        this.keepsForCopies = random.nextBoolean();
    }

    static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number));
    }

    static int number(VulcanoId id) {
        return (int) id.uuid().getLeastSignificantBits();
    }

    int number() {
        return number;
    }

    Network network() {
        return network;
    }

    Random random() {
        return random;
    }

    Disk disk() {
        return disk;
    }

    /** Monotonic nanoseconds of this machine. */
    long clock() {
        return (long) (network.timeline().now() * speed) + number * 1_000_000_000_000L;
    }

    /** How long it takes until this machine's clock says so. */
    long until(long clock) {
        return Math.max(0, (long) ((clock - clock()) / speed) + 1);
    }

    boolean isAlive() {
        return life != null;
    }

    boolean isPaused() {
        return paused;
    }

    boolean isFull() {
        return full;
    }

    /** The disk takes nothing more, or does again. */
    void full(boolean now) {
        full = now;
        tellRoom();
        Life here = life;
        if (!now && here != null) {
            here.roomAgain();
        }
    }

    private void tellRoom() {
        happen(new ReplicationEvent.Available<>(full ? 0 : MUCH));
    }

    boolean lives(Life one) {
        return life == one;
    }

    /** The process, or null while none runs. */
    @Nullable
    Life life() {
        return life;
    }

    /** The replica, or null while no process runs. */
    @Nullable
    Replication<Change> replication() {
        Life here = life;
        return here == null ? null : here.replication();
    }

    void start() {
        incarnation++;
        paused = false;
        begin(clean);
    }

    private void begin(boolean nothingLost) {
        if (disk.isUnfinished() && network.council().config().inSync().contains(id(number))) {
            throw new Invariants.Violation("vulcano " + number + " is in sync, and starts in the middle of a copy");
        }
        Life begun = new Life(this, incarnation, nothingLost);
        life = begun;
        begun.schedule();
        if (full) {
            tellRoom();
        }
    }

    /** The slice is not to be here: what there is of it goes, and when it is to come again, it comes to an empty place in the same process. */
    void discard() {
        if (life != null && !paused) {
            disk.wipe();
            begin(true);
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
        clean = !power && ended.replication().isClean();
        if (power) {
            disk.losePower(random);
        } else if (random.nextInt(3) > 0) {
            network.tellDeath(number, incarnation);
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
        Life here = life;
        if (here != null) {
            here.schedule();
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
        here.happen(event);
    }

    /** A client's request, as the process sees it. No answer comes where it does not lead. */
    void request(Op op, Consumer<Op.Reply> reply) {
        Life here = life;
        if (here != null && !paused) {
            here.request(op, reply);
        }
    }

    /** One place of the committed state, for another to copy; null where there is none to copy. */
    Copying.@Nullable Page page(Table.Place place) {
        Life here = life;
        if (here == null || paused) {
            return null;
        }
        if (keepsForCopies) {
            happen(new ReplicationEvent.Copied<>());
        }
        return here.page(place);
    }
}
