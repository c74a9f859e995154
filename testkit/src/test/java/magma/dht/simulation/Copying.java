package magma.dht.simulation;

import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** A vulcano gets another's committed state, place by place, while that goes on changing. */
final class Copying {
    private static final int TRIES = 6;
    private static final long PATIENCE = 450_000_000;

    private final Network network;
    private final Random random;
    private final int to;
    private final int from;
    private final Target target;
    private final List<Table.Place> places;
    private @Nullable Object source;
    private @Nullable Version begun;
    private int done;
    private int tries;
    private boolean over;

    /** Where the copy goes. */
    interface Target {
        /** Whether it is still wanted. */
        boolean isThere();

        void put(Table.Place place, Table.@Nullable Cell cell);

        void ended(Version begun, Version ended);

        void failed();
    }

    /**
     * What a source says.
     *
     * @param source the same for as long as its committed state only grows
     */
    record Page(Object source, Version committed, Table.@Nullable Cell cell) {}

    Copying(Network network, Random random, int to, int from, Target target) {
        this.network = network;
        this.random = random;
        this.to = to;
        this.from = from;
        this.target = target;
        List<Table.Place> order = new java.util.ArrayList<>(Table.PLACES);
        java.util.Collections.shuffle(order, random);
        this.places = order;
    }

    void next() {
        if (over || !target.isThere()) {
            return;
        }
        int page = done;
        if (tries++ == TRIES) {
            fail();
            return;
        }
        BiConsumer<Integer, Page> answer = (number, said) -> network.net().carry(from, to, () -> take(number, said));
        network.net().carry(to, from, () -> {
            Page said = network.vulcano(from).page(places.get(page));
            if (said != null) {
                answer.accept(page, said);
            }
        });
        network.timeline().after(PATIENCE, () -> {
            if (page == done) {
                next();
            }
        });
    }

    private void take(int page, Page said) {
        if (over || page != done || !target.isThere()) {
            return;
        }
        if (source == null) {
            source = said.source();
            begun = said.committed();
        }
        Version beginning = begun;
        if (beginning == null || source != said.source()) {
            fail();
            return;
        }
        target.put(places.get(page), said.cell());
        done++;
        tries = 0;
        if (done == places.size()) {
            over = true;
            target.ended(beginning, said.committed());
        } else {
            network.timeline().after((long) (random.nextDouble() * 200_000_000), this::next);
        }
    }

    private void fail() {
        over = true;
        target.failed();
    }
}
