package magma.vulcano;

/** How far a node has come: it starts, serves, may leave in order, and ends. Safe for all threads. */
final class Stage {
    private volatile boolean serving;
    private volatile boolean leaving;

    boolean isServing() {
        return serving;
    }

    /** Whether it ends in order, so that what is under way may come to an end first. */
    boolean isLeaving() {
        return leaving;
    }

    void serve() {
        serving = true;
    }

    void leave() {
        leaving = true;
    }

    void end() {
        serving = false;
    }
}
