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
import magma.dht.storage.Version;
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

    /** What was committed and is lost, since all in sync had lost power. */
    private final Map<Version, Gone> gone = new HashMap<>();

    private long losses;
    private long handed;

    private record Request(int client, long number) {
        static Request of(Op op) {
            return new Request(op.client(), op.number());
        }
    }

    /**
     * An entry that was committed once.
     *
     * @param seen what there was to be seen after it
     * @param lostIn the council's epoch from which on it is not there
     */
    private record Gone(LogEntry<Change> entry, Table seen, long lostIn) {}

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
        Gone lost = gone.get(entry.version());
        if (lost != null && lost.entry().equals(entry) && isBefore(number, lost.lostIn())) {
            check(number, entry, seen, lost.seen());
            return;
        }
        long sequence = entry.version().sequence();
        if (sequence == committed.size() + 1L) {
            commit(entry);
        } else if (sequence > committed.size()
                || !committed.get((int) sequence - 1).equals(entry)) {
            throw new Violation("vulcano " + number + " commits " + entry + ", others have "
                    + (sequence > committed.size() ? "only " + committed.size() : committed.get((int) sequence - 1)));
        }
        check(number, entry, seen, tables.get((int) sequence));
    }

    /** Whether the vulcano has not heard yet what the council said in an epoch: it may learn late that something had been committed. */
    private boolean isBefore(int number, long epoch) {
        Replication<Change> replication = network.vulcano(number).replication();
        SliceConfig config = replication == null ? null : replication.config();
        return config != null && config.epoch() < epoch;
    }

    private static void check(int number, LogEntry<Change> entry, @Nullable Table seen, Table right) {
        if (seen != null && !seen.equals(right)) {
            throw new Violation("vulcano " + number + " sees " + seen + " after " + entry + ", and there was " + right);
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
        if (change != null && !done.add(Request.of(change.op()))) {
            throw new Violation(change + " is carried out twice, again as " + entry.version());
        }
        committed.add(entry);
        Table next = tables.get(tables.size() - 1).copy();
        next.apply(entry);
        tables.add(next);
    }

    void acknowledged(Op op) {
        if (!done.contains(Request.of(op)) && (op.sync() || !isGone(op))) {
            throw new Violation(op + " is acknowledged and not committed");
        }
        acknowledged.add(op);
    }

    private boolean isGone(Op op) {
        return gone.values().stream()
                .map(each -> each.entry().payload())
                .anyMatch(change -> change != null && Request.of(change.op()).equals(Request.of(op)));
    }

    /** The council said something new. */
    void decided(SliceConfig config) {
        if (config.handedOver() && config.incarnation() == 0 && config.epoch() > handed) {
            handed = config.epoch();
            network.counts().handovers++;
        }
        if (config.tailLosses() > losses) {
            losses = config.tailLosses();
            lose(network.vulcano(SimulatedVulcano.number(config.primary())).disk(), config.epoch());
        }
    }

    /** The log that was chosen is what there is. */
    private void lose(Disk chosen, long epoch) {
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
            gone.put(
                    lost.version(),
                    new Gone(lost, tables.get((int) lost.version().sequence()), epoch));
            Change change = lost.payload();
            if (change == null) {
                continue;
            }
            Op op = change.op();
            if (op.sync() && acknowledged.contains(op)) {
                throw new Violation(op + " was synced and acknowledged, and is lost");
            }
            done.remove(Request.of(op));
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

        Violation(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
