package magma.dht.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.storage.Version;

/** A replica whose time and events a test decides. Its disk does at once what it is told, unless a test wants it slow. */
final class Machine {
    static final VulcanoId A = new VulcanoId(new UUID(0, 1));
    static final VulcanoId B = new VulcanoId(new UUID(0, 2));
    static final VulcanoId C = new VulcanoId(new UUID(0, 3));
    static final long MILLI = 1_000_000;
    static final ReplicationSettings SETTINGS = ReplicationSettings.standard();

    final Replication<String> replication;
    final List<ReplicationEffect<String>> effects = new ArrayList<>();
    long now;
    boolean diskIsSlow;

    Machine(VulcanoId self, ReplicationSettings settings, ReplicationStart<String> start) {
        this.replication = new Replication<>(self, 1, settings, start, String::length, now);
    }

    Machine(VulcanoId self) {
        this(self, SETTINGS, new ReplicationStart<>(Version.NONE, List.of(), true));
    }

    /** A primary in sync with {@code others}, past its opening, its beginning committed. */
    static Machine primary(ReplicationSettings settings, VulcanoId... others) {
        Machine machine = new Machine(A, settings, new ReplicationStart<>(Version.NONE, List.of(), true));
        TreeSet<VulcanoId> replicas = new TreeSet<>(List.of(others));
        replicas.add(A);
        SliceConfig config = SliceConfig.first(A, replicas);
        for (VulcanoId other : others) {
            config = config.with(other);
        }
        machine.learn(config.ledBy(1));
        for (int i = 0; i < 4; i++) {
            machine.after(900);
            for (VulcanoId other : others) {
                machine.confirm(other);
            }
        }
        machine.tick();
        machine.effects.clear();
        return machine;
    }

    static Machine primary(VulcanoId... others) {
        return primary(SETTINGS, others);
    }

    SliceConfig config() {
        SliceConfig config = replication.config();
        if (config == null) {
            throw new IllegalStateException("nothing is known yet");
        }
        return config;
    }

    void after(long millis) {
        now += millis * MILLI;
        tick();
    }

    void tick() {
        happen(new ReplicationEvent.Tick<>());
    }

    void learn(SliceConfig config) {
        happen(new ReplicationEvent.Learned<>(config));
    }

    void receive(VulcanoId from, ReplicationMessage<String> message) {
        happen(new ReplicationEvent.Received<>(from, message));
    }

    /** A backup has all there is. */
    void confirm(VulcanoId from) {
        confirm(from, replication.last().sequence(), 1L << 40);
    }

    void confirm(VulcanoId from, long matched, long available) {
        receive(from, new ReplicationMessage.Accepted<>(config().epoch(), 1, now, matched, matched, available));
    }

    void propose(long ticket) {
        happen(new ReplicationEvent.Proposed<>(ticket, "change " + ticket, false));
    }

    void happen(ReplicationEvent<String> event) {
        List<ReplicationEffect<String>> followed = replication.step(now, event);
        effects.addAll(followed);
        if (diskIsSlow) {
            return;
        }
        for (ReplicationEffect<String> effect : followed) {
            if (effect instanceof ReplicationEffect.Append<String> append) {
                happen(new ReplicationEvent.Appended<>(append.entry().version()));
            } else if (effect instanceof ReplicationEffect.Sync<String>) {
                happen(new ReplicationEvent.Synced<>(replication.last()));
            }
        }
    }

    /** What came of what happened since this was asked last, of one kind. */
    <E> List<E> took(Class<E> kind) {
        List<E> those =
                effects.stream().filter(kind::isInstance).map(kind::cast).toList();
        effects.clear();
        return those;
    }

    /** As {@link #took}, of the messages sent. */
    <M> List<M> sent(Class<M> kind) {
        List<M> messages = effects.stream()
                .filter(ReplicationEffect.Send.class::isInstance)
                .map(effect -> ((ReplicationEffect.Send<?>) effect).message())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
        effects.clear();
        return messages;
    }
}
