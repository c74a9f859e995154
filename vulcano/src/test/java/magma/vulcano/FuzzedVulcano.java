package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;

/** A process with one vulcano of a network of its own, for {@link FuzzMain}; ends with its standard input. */
final class FuzzedVulcano {
    private FuzzedVulcano() {}

    public static void main(String[] arguments) throws IOException {
        TestLava lava = new TestLava(Path.of(arguments[0]));
        System.out.println(lava.found("vulcano").address());
        while (System.in.read() >= 0) {
            // Until whoever started it is done.
        }
        lava.close();
        System.exit(0);
    }
}
