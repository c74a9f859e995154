package magma.dht.simulation;

/** What came about in a run, so that one can see that it did. */
final class Counts {
    long restores;
    long restored;
    long handovers;
    long placements;
    long leasedReads;
    long ticks;

    void add(Counts other) {
        restores += other.restores;
        restored += other.restored;
        handovers += other.handovers;
        placements += other.placements;
        leasedReads += other.leasedReads;
        ticks += other.ticks;
    }

    @Override
    public String toString() {
        return restores + " copies begun, " + restored + " ended, " + handovers + " handed over, " + placements
                + " placements, " + leasedReads + " leased reads, " + ticks + " ticks";
    }
}
