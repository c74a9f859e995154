package magma.dht.simulation;

/** Runs the seeds FROM (included) to TO (excluded) and says what came of it: {@code SimulationMain FROM TO}. */
public final class SimulationMain {
    private SimulationMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: SimulationMain FROM TO");
            System.exit(2);
        }
        long from = Long.parseLong(arguments[0]);
        long to = Long.parseLong(arguments[1]);
        long failures = 0;
        long committed = 0;
        long losses = 0;
        Counts counts = new Counts();
        for (long seed = from; seed < to; seed++) {
            try {
                Simulation.Result result = Simulation.run(seed, Rules.HONEST);
                committed += result.committed();
                losses += result.losses();
                counts.add(result.counts());
            } catch (Invariants.Violation e) {
                failures++;
                String text = String.valueOf(e.getMessage());
                System.out.println(text.substring(0, Math.min(text.length(), 600)));
            }
            if ((seed + 1 - from) % 1000 == 0) {
                System.err.println("simulate: " + (seed + 1 - from) + " seeds, " + failures + " failures");
            }
        }
        System.out.println((to - from) + " seeds, " + failures + " failures, " + committed + " entries committed, "
                + losses + " times all in sync had lost power, " + counts);
        System.exit(failures == 0 ? 0 : 1);
    }
}
