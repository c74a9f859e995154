package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.Set;
import magma.vulcano.VulcanoClient;
import magma.vulcano.VulcanoClient.Place;

/** Shows a network that has just been started: its tree, and where the flares of it live. */
final class DemoTour {
    private final DemoNetwork network;
    private final PrintWriter out;

    DemoTour(DemoNetwork network, PrintWriter out) {
        this.network = network;
        this.out = out;
    }

    /** On the command's standard output. */
    void showTree() throws IOException, InterruptedException {
        out.println();
        out.println("$ ls -liR");
        out.flush();
        int unused = network.run("ls", "-liR");
        out.println();
    }

    void showPlaces() throws IOException {
        try (VulcanoClient client = network.connect()) {
            long slices = client.lava().slices();
            out.println(
                    "Where they live: each name and each flare has a key of 160 bits, made with SHA-1, and the key");
            out.println("says which of the " + slices + " slices of the key space holds it.");
            out.println();
            out.printf("%-8s %-5s  %-40s  %s%n", "what", "slice", "key", "path");
            Set<Place> places = new LinkedHashSet<>();
            for (String path : DemoTree.SHOWN) {
                places.addAll(client.locate(path));
            }
            places.forEach(place ->
                    out.printf("%-8s %5d  %-40s  %s%n", place.what(), place.slice(), place.key(), place.name()));
        }
        out.println();
        out.println("A hard link is a second entry of one flare. Renaming moves entries, never flares.");
        out.println();
        out.flush();
    }
}
