package magma.dht.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.testkit.storage.MemoryStorage;

/**
 * Vulcanos' replicas as they run, with their logs, copies and answers, through a minute of faults and handovers, then half a minute without, in which all must become whole
 * again. {@link Simulation} drives the machine within them alone, and looks closer at it. A seed decides everything.
 */
final class HostSimulation {
    private static final long SECOND = 1_000_000_000;

    private HostSimulation() {}

    /** What a run amounted to. */
    record Result(int calls, int created, long losses, Counts counts) {}

    /** @throws Invariants.Violation that names the seed */
    static Result run(long seed) {
        try {
            return go(new Random(seed));
        } catch (Invariants.Violation | RuntimeException e) {
            throw new Invariants.Violation("seed " + seed + ": " + e.getMessage(), e);
        }
    }

    private static Result go(Random random) {
        HostNetwork network = new HostNetwork(new int[] {3, 3, 2, 4}[random.nextInt(4)], random);
        History history = new History();
        List<HostClient> clients = new ArrayList<>();
        for (int number = 0; number < HostClient.CLIENTS; number++) {
            clients.add(new HostClient(number, network, history));
        }
        network.runUntil(2 * SECOND);
        clients.forEach(HostClient::start);
        HostFaults faults = new HostFaults(network);
        faults.start();
        // By tasks: whoever waits in the middle of something is to see it too.
        network.timeline().after(58 * SECOND, faults::end);
        network.timeline().after(83 * SECOND, () -> clients.forEach(HostClient::end));
        network.runUntil(95 * SECOND);

        SliceConfig config = network.council().config();
        int created = 0;
        for (HostClient client : clients) {
            if (!client.isIdle()) {
                throw new Invariants.Violation("a client has no reply though all is well: " + config);
            }
            created += client.created().size();
        }
        if (!config.inSync().equals(config.replicas())) {
            throw new Invariants.Violation("not whole though all is well: " + config);
        }
        MemoryStorage state = sameEverywhere(network, config);
        if (config.tailLosses() == 0) {
            clients.forEach(client -> client.created().forEach(name -> demand(state, name)));
            history.check();
        }
        return new Result(history.size(), created, config.tailLosses(), network.counts());
    }

    private static void demand(MemoryStorage state, String name) {
        try {
            if (state.get(HostClient.record(name)) == null) {
                throw new Invariants.Violation("what was answered as created is not there: " + name);
            }
        } catch (StorageException e) {
            throw new Invariants.Violation("a record cannot be read", e);
        }
    }

    /** @return one of the replicas' states */
    private static MemoryStorage sameEverywhere(HostNetwork network, SliceConfig config) {
        MemoryStorage first =
                network.vulcano(SimulatedVulcano.number(config.primary())).memory();
        List<String> expected = records(first);
        for (VulcanoId replica : config.replicas()) {
            List<String> found =
                    records(network.vulcano(SimulatedVulcano.number(replica)).memory());
            if (!found.equals(expected)) {
                throw new Invariants.Violation(
                        "replicas differ: " + config.primary() + " has " + expected + ", " + replica + " " + found);
            }
        }
        return first;
    }

    private static String content(List<Mutation.Write> pieces) {
        return pieces.stream()
                .map(piece -> piece.offset() + " " + piece.generation() + " "
                        + piece.data().getLong(0))
                .toList()
                .toString();
    }

    private static List<String> records(MemoryStorage storage) {
        List<String> records = new ArrayList<>();
        Slice slice = HostNetwork.MAP.slices().get(0);
        try {
            for (RecordKind kind : RecordKind.values()) {
                RecordId from = RecordId.of(slice.first(), kind.code());
                for (StoredRecord record : storage.scan(from, Records.end(kind, slice.last()), Integer.MAX_VALUE)) {
                    records.add(record.id() + " " + record.version() + " " + Arrays.toString(record.value()) + " "
                            + (kind == RecordKind.CHUNK ? content(storage.export(record.id())) : ""));
                }
            }
        } catch (StorageException e) {
            throw new Invariants.Violation("a replica cannot be read", e);
        }
        return records;
    }
}
