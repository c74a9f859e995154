package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Key;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The same random history is done to the volume and to a {@link MemoryVolume}: every result and the trees at the end are the same.
 * A failure prints the seed and the history. The property {@code magma.model.seed} adds to the seeds.
 */
public abstract class ModelConformance extends FileSystemConformance {
    private static final int OPERATIONS = 4_000;
    private static final int BETWEEN_CRASHES = 700;

    /** How long each history is: fewer for a volume whose operations take long. */
    protected int operations() {
        return OPERATIONS;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomHistoryHasTheSameResults(long seed) throws Exception {
        run(seed + Long.getLong("magma.model.seed", 0), Integer.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void randomHistoryWithCrashesHasTheSameResults(long seed) throws Exception {
        run(seed + Long.getLong("magma.model.seed", 0), BETWEEN_CRASHES);
    }

    private void run(long seed, int betweenCrashes) throws Exception {
        MemoryVolume model = new MemoryVolume();
        FileSystem modelSession = model.openSession("model", ChangeListener.NONE);
        Key modelTop = modelSession
                .makeDirectory(ROOT, modelSession.root(), name("top"), 0777)
                .key();
        ModelSide expected = new ModelSide(modelSession, modelTop);
        ModelSide actual = new ModelSide(fs, top);
        ModelOperations operations = new ModelOperations(seed, expected);
        List<String> history = new ArrayList<>();
        for (int i = 1; i <= operations(); i++) {
            ModelOperation operation = operations.next();
            history.add(operation.text());
            String result = operation.run(expected);
            history.add("    " + result);
            String other = operation.run(actual);
            if (!ModelOperation.agree(other, result)) {
                throw new AssertionError("seed " + seed + ", " + operation + "\nexpected " + result + "\n but was "
                        + other + "\nin the history\n" + String.join("\n", history));
            }
            if (i % betweenCrashes == 0) {
                expected.fs().close();
                expected.session(model.openSession("model", ChangeListener.NONE));
                crash();
                actual.session(fs);
                operations.crashed();
            }
        }
        assertThat(tree(actual, top)).as("seed " + seed).isEqualTo(tree(expected, modelTop));
    }

    private static Map<String, String> tree(ModelSide side, Key top) throws Exception {
        Map<String, String> lines = new TreeMap<>();
        side.walk("", top, lines);
        return lines;
    }
}
