package magma.dht.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Replication;
import magma.dht.replication.SliceConfig;
import org.jspecify.annotations.Nullable;

/**
 * What must hold whatever happens:
 *
 * <ul>
 *   <li>one primary per epoch;
 *   <li>replicas agree up to what each knows to be committed;
 *   <li>what was acknowledged is committed, and stays so; only when all in sync have lost power may what was not synced go;
 *   <li>no request is carried out twice.
 * </ul>
 */
final class Invariants {
    private final Network network;
    private final Map<Long, String> primaries = new HashMap<>();
    private final List<LogEntry<Change>> committed = new ArrayList<>();
    private final Set<Request> done = new HashSet<>();
    private final Set<Op> acknowledged = new HashSet<>();
    private final Map<Replication<Change>, Long> checked = new WeakHashMap<>();
    private long losses;

    private record Request(int client, long number) {}

    Invariants(Network network) {
        this.network = network;
    }

    /** How often all in sync had lost power. */
    long losses() {
        return losses;
    }

    int committedCount() {
        return committed.size();
    }

    void acts(int number, long incarnation, Replication<Change> replication) {
        SliceConfig config = replication.config();
        if (config == null || !replication.isPrimary()) {
            return;
        }
        String who = number + ", process " + incarnation;
        String before = primaries.putIfAbsent(config.epoch(), who);
        if (before != null && !before.equals(who)) {
            throw new Violation("two primaries in epoch " + config.epoch() + ": " + before + " and " + who);
        }
    }

    void committed(int number, Replication<Change> replication, long sequence) {
        int from = (int) Math.min(sequence, checked.getOrDefault(replication, 0L));
        List<LogEntry<Change>> log = replication.entriesAfter(from);
        for (int i = from; i < sequence; i++) {
            LogEntry<Change> entry = log.get(i - from);
            if (i == committed.size()) {
                commit(entry);
            } else if (!committed.get(i).equals(entry)) {
                throw new Violation("vulcano " + number + " commits " + entry + " where " + committed.get(i) + " was");
            }
        }
        checked.put(replication, sequence);
    }

    private void commit(LogEntry<Change> entry) {
        Change change = entry.payload();
        if (change != null
                && !done.add(new Request(change.op().client(), change.op().number()))) {
            throw new Violation(change + " is carried out twice, again as " + entry.version());
        }
        committed.add(entry);
    }

    void acknowledged(Op op) {
        if (!done.contains(new Request(op.client(), op.number()))) {
            throw new Violation(op + " is acknowledged and not committed");
        }
        acknowledged.add(op);
    }

    /** The council said something new. */
    void decided(SliceConfig config) {
        if (config.tailLosses() > losses) {
            losses = config.tailLosses();
            lose(network.vulcano(SimulatedVulcano.number(config.primary()))
                    .disk()
                    .entries());
        }
    }

    /** The log that was chosen is what there is. */
    private void lose(List<LogEntry<Change>> chosen) {
        checked.clear();
        int common = 0;
        while (common < Math.min(chosen.size(), committed.size())
                && chosen.get(common).equals(committed.get(common))) {
            common++;
        }
        for (LogEntry<Change> lost : committed.subList(common, committed.size())) {
            Change change = lost.payload();
            if (change == null) {
                continue;
            }
            Op op = change.op();
            if (op.sync() && acknowledged.contains(op)) {
                throw new Violation(op + " was synced and acknowledged, and is lost");
            }
            done.remove(new Request(op.client(), op.number()));
        }
        committed.subList(common, committed.size()).clear();
    }

    /** After all faults are over and some time has passed: all replicas are in sync, and their logs are one. */
    void settled() {
        SliceConfig config = network.council().config();
        if (!config.inSync().equals(config.replicas())) {
            throw new Violation("not all are in sync again: " + config);
        }
        List<LogEntry<Change>> first = log(0);
        for (int number = 0; number < network.vulcanos().size(); number++) {
            List<LogEntry<Change>> log = log(number);
            if (!log.equals(first)) {
                throw new Violation(
                        "the logs of vulcanos 0 and " + number + " differ: " + first.size() + " and " + log.size());
            }
            if (!network.vulcano(number).disk().entries().equals(log)) {
                throw new Violation("the disk of vulcano " + number + " has another log than its process");
            }
        }
        if (first.size() < committed.size()
                || !first.subList(0, committed.size()).equals(committed)) {
            throw new Violation("what was committed is not in the logs");
        }
    }

    private List<LogEntry<Change>> log(int number) {
        @Nullable Replication<Change> replication = network.vulcano(number).replication();
        if (replication == null) {
            throw new Violation("vulcano " + number + " does not run");
        }
        return replication.entriesAfter(0);
    }

    /** An invariant that does not hold. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }
}
