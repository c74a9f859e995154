package magma.dht.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * What must hold whatever happens:
 *
 * <ul>
 *   <li>one primary per epoch;
 *   <li>replicas agree up to what each knows to be committed, and see the same after it;
 *   <li>none that is in sync must be restored;
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

    /** What there is to be seen after each committed entry, and before the first. */
    private final List<Table> tables = new ArrayList<>(List.of(new Table()));

    private long losses;
    private long handed;

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

    /** @param seen what the replica sees now; null where that need not be right yet */
    void committed(int number, LogEntry<Change> entry, @Nullable Table seen) {
        long sequence = entry.version().sequence();
        if (sequence == committed.size() + 1L) {
            commit(entry);
        } else if (sequence > committed.size()
                || !committed.get((int) sequence - 1).equals(entry)) {
            throw new Violation("vulcano " + number + " commits " + entry + ", others have "
                    + (sequence > committed.size() ? "only " + committed.size() : committed.get((int) sequence - 1)));
        }
        if (seen != null && !seen.equals(tables.get((int) sequence))) {
            throw new Violation("vulcano " + number + " sees " + seen + " after " + entry + ", and there was "
                    + tables.get((int) sequence));
        }
    }

    /** A message leaves. */
    void sent(int to, ReplicationMessage<Change> message) {
        if (message instanceof ReplicationMessage.Behind<Change> behind
                && behind.config().inSync().contains(SimulatedVulcano.id(to))) {
            throw new Violation("vulcano " + to + " is in sync, and behind: " + behind);
        }
    }

    private void commit(LogEntry<Change> entry) {
        Change change = entry.payload();
        if (change != null
                && !done.add(new Request(change.op().client(), change.op().number()))) {
            throw new Violation(change + " is carried out twice, again as " + entry.version());
        }
        committed.add(entry);
        Table next = tables.get(tables.size() - 1).copy();
        next.apply(entry);
        tables.add(next);
    }

    void acknowledged(Op op) {
        if (!done.contains(new Request(op.client(), op.number()))) {
            throw new Violation(op + " is acknowledged and not committed");
        }
        acknowledged.add(op);
    }

    /** The council said something new. */
    void decided(SliceConfig config) {
        if (config.handedOver() && config.incarnation() == 0 && config.epoch() > handed) {
            handed = config.epoch();
            network.counts().handovers++;
        }
        if (config.tailLosses() > losses) {
            losses = config.tailLosses();
            lose(network.vulcano(SimulatedVulcano.number(config.primary())).disk());
        }
    }

    /** The log that was chosen is what there is. */
    private void lose(Disk chosen) {
        int common = (int) chosen.base().sequence();
        if (common > committed.size()
                || (common > 0 && !committed.get(common - 1).version().equals(chosen.base()))) {
            throw new Violation("a state was chosen that was never committed: " + chosen.base());
        }
        for (LogEntry<Change> entry : chosen.entries()) {
            if (common == committed.size() || !committed.get(common).equals(entry)) {
                break;
            }
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
        tables.subList(common + 1, tables.size()).clear();
    }

    /** After all faults are over and some time has passed: all replicas are in sync, their logs end at one place, and they see the same, on their disks too. */
    void settled() {
        SliceConfig config = network.council().config();
        if (!config.inSync().equals(config.replicas())) {
            throw new Violation("not all are in sync again: " + config);
        }
        for (VulcanoId id : config.replicas()) {
            SimulatedVulcano vulcano = network.vulcano(SimulatedVulcano.number(id));
            Life life = vulcano.life();
            if (life == null) {
                throw new Violation("vulcano " + vulcano.number() + " does not run");
            }
            Table onDisk = vulcano.disk().table();
            vulcano.disk().entries().forEach(onDisk::apply);
            Table last = tables.get(committed.size());
            if (life.committed().sequence() != committed.size()
                    || !life.replication().last().equals(life.committed())
                    || !life.seen().equals(last)) {
                throw new Violation("vulcano " + vulcano.number() + " has " + life.committed() + " of "
                        + committed.size() + " committed, and ends at "
                        + life.replication().last() + ": it sees " + life.seen() + ", and there is " + last);
            }
            if (!onDisk.equals(last)) {
                throw new Violation("the disk of vulcano " + vulcano.number() + " has another state than its process");
            }
        }
    }

    /** An invariant that does not hold. */
    static final class Violation extends AssertionError {
        private static final long serialVersionUID = 1L;

        Violation(String message) {
            super(message);
        }
    }
}
