package magma.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The small tree that a demo begins with. What is there already stays. */
final class DemoTree {
    /** Paths whose places are shown, from the root of the filesystem. */
    static final List<String> SHOWN = List.of("/hello.txt", "/letters/hello again.txt", "/letters/big.bin");

    private static final int BIG_BYTES = 3 << 20;

    private DemoTree() {}

    /**
     * <pre>
     * hello.txt
     * letters/hello again.txt     another name of hello.txt
     * letters/to-hello            a symlink
     * letters/big.bin             3 MiB, so three chunks
     * </pre>
     */
    static void plant(Path top) throws IOException {
        Path hello = top.resolve("hello.txt");
        Path letters = top.resolve("letters");
        if (Files.exists(hello) || Files.exists(letters)) {
            return;
        }
        Files.writeString(hello, "Hello from the lava network.\n");
        Files.createDirectory(letters);
        Files.createLink(letters.resolve("hello again.txt"), hello);
        Files.createSymbolicLink(letters.resolve("to-hello"), Path.of("../hello.txt"));
        byte[] big = new byte[BIG_BYTES];
        for (int i = 0; i < big.length; i++) {
            big[i] = (byte) (i % 251);
        }
        Files.write(letters.resolve("big.bin"), big);
    }
}
