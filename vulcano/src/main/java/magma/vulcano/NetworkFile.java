package magma.vulcano;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import magma.dht.council.MemberKind;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * The file "network" of a data directory: which network its vulcano belongs to. Lines of text, "word value":
 *
 * <pre>
 * magma-data 1                                  version of the data directory's format
 * network 3b0c...                               the network's id
 * name lava                                     for people
 * created 2026-11-22T18:40:52Z
 * vulcano 91d2...                               the vulcano's own id; a directory from before there were several has none
 * kind witness                                  it votes and stores nothing; there is no such line where it stores
 * map 1                                         version of the slice map
 * slice 1 0000... 03ff...                       number, first and last key; one line each
 * </pre>
 *
 * @param name for people
 * @param slices with which the network began
 */
record NetworkFile(UUID network, String name, Instant created, SliceMap slices, UUID vulcano, MemberKind kind) {
    /** The version of the format that this build writes, and the newest that it reads. */
    static final int FORMAT = 1;

    static final String FILE = "network";

    private static final String FORMAT_WORD = "magma-data";
    private static final String WITNESS = "witness";

    /** Of a vulcano that stores. */
    NetworkFile(UUID network, String name, Instant created, SliceMap slices, UUID vulcano) {
        this(network, name, created, slices, vulcano, MemberKind.STORING);
    }

    boolean isWitness() {
        return kind == MemberKind.WITNESS;
    }

    void write(Path directory) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(FORMAT_WORD + " " + FORMAT);
        lines.add("network " + network);
        lines.add("name " + name);
        lines.add("created " + created);
        lines.add("vulcano " + vulcano);
        if (isWitness()) {
            lines.add("kind " + WITNESS);
        }
        lines.add("map " + slices.version());
        for (Slice slice : slices.slices()) {
            lines.add("slice " + slice.number() + " " + slice.first() + " " + slice.last());
        }
        DurableFile.write(directory.resolve(FILE), String.join("\n", lines) + "\n");
    }

    /** @throws RefusalException when the file is damaged, or of a later version */
    static NetworkFile read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        try {
            checkFormat(file, lines);
            Map<String, String> words = new TreeMap<>();
            List<Slice> slices = new ArrayList<>();
            for (String line : lines) {
                String[] parts = line.split(" ", -1);
                if (parts[0].equals("slice")) {
                    slices.add(new Slice(Long.parseLong(parts[1]), Key.parse(parts[2]), Key.parse(parts[3])));
                } else {
                    words.put(parts[0], line.substring(parts[0].length()).strip());
                }
            }
            UUID network = UUID.fromString(need(words, "network"));
            String vulcano = words.get("vulcano");
            return new NetworkFile(
                    network,
                    need(words, "name"),
                    Instant.parse(need(words, "created")),
                    new SliceMap(Long.parseLong(need(words, "map")), slices),
                    vulcano == null ? founder(network) : UUID.fromString(vulcano),
                    kind(words.get("kind")));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException | DateTimeParseException e) {
            throw new RefusalException(
                    file + " is damaged (" + e.getMessage() + "). Put it back from a backup: it holds the network's id"
                            + " and slices, and nothing else does.",
                    e);
        }
    }

    private static MemberKind kind(@Nullable String word) {
        if (word != null && !word.equals(WITNESS)) {
            throw new IllegalArgumentException("there is no kind \"" + word + "\"");
        }
        return word == null ? MemberKind.STORING : MemberKind.WITNESS;
    }

    /** The id of the vulcano of a network that was made before vulcanos had ids. */
    private static UUID founder(UUID network) {
        return UUID.nameUUIDFromBytes(("founder of " + network).getBytes(StandardCharsets.UTF_8));
    }

    private static void checkFormat(Path file, List<String> lines) throws RefusalException {
        String first = lines.isEmpty() ? "" : lines.get(0);
        if (!first.startsWith(FORMAT_WORD + " ")) {
            throw new IllegalArgumentException("it does not begin with \"" + FORMAT_WORD + "\"");
        }
        int format = Integer.parseInt(first.substring(FORMAT_WORD.length() + 1));
        if (format > FORMAT) {
            throw new RefusalException(file + " is of format " + format + ", made by a later Magma than this ("
                    + Build.VERSION + "), which reads up to " + FORMAT + ". Use that Magma or a later one.");
        }
    }

    private static String need(Map<String, String> words, String word) {
        String value = words.get(word);
        if (value == null) {
            throw new IllegalArgumentException("it has no line \"" + word + "\"");
        }
        return value;
    }
}
