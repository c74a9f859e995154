package magma.dht.simulation;

/** Runs the seeds FROM (included) to TO (excluded) of {@link HostSimulation}: {@code HostSimulationMain FROM TO}. */
public final class HostSimulationMain {
    private HostSimulationMain() {}

    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: HostSimulationMain FROM TO");
            System.exit(2);
        }
        long from = Long.parseLong(arguments[0]);
        long to = Long.parseLong(arguments[1]);
        long failures = 0;
        long calls = 0;
        long created = 0;
        long losses = 0;
        Counts counts = new Counts();
        for (long seed = from; seed < to; seed++) {
            try {
                HostSimulation.Result result = HostSimulation.run(seed);
                calls += result.calls();
                created += result.created();
                losses += result.losses() > 0 ? 1 : 0;
                counts.add(result.counts());
            } catch (Invariants.Violation e) {
                failures++;
                String text = String.valueOf(e.getMessage());
                System.out.println(text.substring(0, Math.min(text.length(), 600)));
            }
        }
        System.out.println((to - from) + " seeds, " + failures + " failures, " + calls + " reads and writes, " + created
                + " records created, " + losses + " seeds in which all in sync had lost power, " + counts);
        System.exit(failures == 0 ? 0 : 1);
    }
}
