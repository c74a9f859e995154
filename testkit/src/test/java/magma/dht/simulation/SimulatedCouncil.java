package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import magma.dht.replication.SliceConfig;

/** The council as a register that is always there, though not for all. */
final class SimulatedCouncil {
    private final Net net;
    private final List<Consumer<SliceConfig>> watchers = new ArrayList<>();
    private SliceConfig config;

    SimulatedCouncil(Net net, SliceConfig first) {
        this.net = net;
        this.config = first;
    }

    SliceConfig config() {
        return config;
    }

    /** Is told of each change at once, before anybody. */
    void watch(Consumer<SliceConfig> watcher) {
        watchers.add(watcher);
    }

    void read(int who, Consumer<SliceConfig> answer) {
        net.carry(who, Net.COUNCIL, () -> answer(who, answer));
    }

    /** Sets {@code next} if the epoch is the one before it; answers with what is true then. */
    void compareAndSet(int who, SliceConfig next, Consumer<SliceConfig> answer) {
        net.carry(who, Net.COUNCIL, () -> {
            if (next.epoch() == config.epoch() + 1) {
                config = next;
                watchers.forEach(watcher -> watcher.accept(next));
            }
            answer(who, answer);
        });
    }

    private void answer(int who, Consumer<SliceConfig> answer) {
        SliceConfig now = config;
        net.carry(Net.COUNCIL, who, () -> answer.accept(now));
    }
}
