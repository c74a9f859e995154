package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import magma.dht.volume.Leftovers;
import magma.dht.wire.Reply;
import magma.storage.xodus.StorageOnTrial;
import magma.storage.xodus.StorageSettings;

/** Checks of a data directory on which no vulcano runs. */
public final class OfflineCheck {
    private OfflineCheck() {}

    /**
     * What was found.
     *
     * @param unfinished what the next start finishes, as texts; no problems
     */
    public record Findings(List<String> checked, long total, List<String> problems, List<String> unfinished) {}

    /**
     * Checks the namespace as it will be after the next start. That start is tried in memory: nothing on the disk changes.
     *
     * @throws RefusalException when it is no data directory, or a vulcano runs on it
     */
    public static Findings namespace(Path data) throws IOException {
        try (DataDirectory directory = DataDirectory.forReading(data);
                StorageOnTrial storage = StorageOnTrial.open(directory.storage(), StorageSettings.DEFAULT)) {
            LavaStore.Tried tried = LavaStore.tryOver(storage, directory.network());
            Reply.Findings findings = tried.findings();
            return new Findings(
                    findings.checked(),
                    findings.total(),
                    findings.problems(),
                    unfinished(storage.tornBytes(), tried.leftovers()));
        }
    }

    private static List<String> unfinished(long torn, Leftovers leftovers) {
        List<String> texts = new ArrayList<>();
        note(texts, torn, "bytes cut off the end of the log, which nobody was told are stored");
        note(texts, leftovers.transactions(), "operations ended that were under way");
        note(texts, leftovers.orphans(), "files removed that were unlinked and open");
        note(texts, leftovers.cleanings(), "files freed of content that no longer counts");
        return texts;
    }

    private static void note(List<String> texts, long count, String what) {
        if (count > 0) {
            texts.add(what + ": " + count);
        }
    }
}
