package magma.dht.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/wire.md against the messages that there are, by type and name: a row begins with both. What a row says of fields is for its reader to check. */
class WireDocumentTest {
    private static final Path DOCUMENT = Path.of("../docs/wire.md");
    private static final Pattern ROW = Pattern.compile("^\\| 0x[0-9a-f]+ \\| `\\w+` \\|", Pattern.MULTILINE);

    @Test
    void everyMessageHasItsRow() throws IOException {
        Set<String> missing = known();
        missing.removeAll(documented());
        assertThat(missing).as("rows that docs/wire.md lacks").isEmpty();
    }

    @Test
    void everyRowIsOfAMessage() throws IOException {
        Set<String> unknown = documented();
        unknown.removeAll(known());
        assertThat(unknown)
                .as("rows of docs/wire.md of which there is no message")
                .isEmpty();
    }

    /** {@link CodecsTest} sees to it that there is a sample of each kind. */
    private static Set<String> known() {
        Set<String> known = new TreeSet<>();
        for (Message message : Samples.all().values()) {
            String type = Integer.toHexString(Codecs.type(message));
            known.add("| 0x" + type + " | `" + message.getClass().getSimpleName() + "` |");
        }
        return known;
    }

    private static Set<String> documented() throws IOException {
        assertThat(DOCUMENT).as("tests run in their module's directory").exists();
        Matcher rows = ROW.matcher(Files.readString(DOCUMENT));
        Set<String> found = new TreeSet<>();
        while (rows.find()) {
            found.add(rows.group());
        }
        return found;
    }
}
