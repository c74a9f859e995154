package magma.dht.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.dht.replication.LogEntry;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** What a log amounts to: values, and the last reply of each session. Each record knows which entry wrote it, so that an entry may be applied again. */
final class Table {
    static final int KEYS = 3;
    static final int CLIENTS = 4;

    /** All places there are. */
    static final List<Place> PLACES = places();

    private final Map<Place, Cell> cells;

    /** Of a value, or of a session's last reply. */
    record Place(boolean reply, int number) {}

    /** @param request whose reply it is; 0 for a value */
    record Cell(Version version, long request, long value) {}

    Table() {
        this(Map.of());
    }

    private Table(Map<Place, Cell> cells) {
        this.cells = new HashMap<>(cells);
    }

    Table copy() {
        return new Table(cells);
    }

    private static List<Place> places() {
        List<Place> places = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            places.add(new Place(false, key));
        }
        for (int client = 0; client < CLIENTS; client++) {
            places.add(new Place(true, client));
        }
        return List.copyOf(places);
    }

    @Nullable
    Cell get(Place place) {
        return cells.get(place);
    }

    /** @param cell null for none */
    void put(Place place, @Nullable Cell cell) {
        if (cell == null) {
            cells.remove(place);
        } else {
            cells.put(place, cell);
        }
    }

    void apply(LogEntry<Change> entry) {
        Change change = entry.payload();
        if (change != null) {
            Op op = change.op();
            if (change.result() == 1) {
                apply(new Place(false, op.key()), new Cell(entry.version(), 0, op.value()));
            }
            apply(new Place(true, op.client()), new Cell(entry.version(), op.number(), change.result()));
        }
    }

    private void apply(Place place, Cell cell) {
        cells.merge(place, cell, (old, next) -> next.version().compareTo(old.version()) > 0 ? next : old);
    }

    /** What a request comes to now. */
    long result(Op op) {
        Cell cell = cells.get(new Place(false, op.key()));
        long value = cell == null ? 0 : cell.value();
        return switch (op.kind()) {
            case READ -> value;
            case WRITE -> 1;
            case COMPARE_AND_SET -> value == op.expected() ? 1 : 0;
        };
    }

    /** The reply to a request that was carried out, or null. */
    Op.@Nullable Reply reply(Op op) {
        Cell last = cells.get(new Place(true, op.client()));
        return last != null && last.request() == op.number() ? new Op.Reply(op.number(), last.value()) : null;
    }

    /** A later request of the session was carried out: the client has given this one up. */
    boolean isPast(Op op) {
        Cell last = cells.get(new Place(true, op.client()));
        return last != null && last.request() > op.number();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Table table && table.cells.equals(cells);
    }

    @Override
    public int hashCode() {
        return cells.hashCode();
    }

    @Override
    public String toString() {
        return cells.toString();
    }
}
