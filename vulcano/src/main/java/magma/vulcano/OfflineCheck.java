package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import magma.dht.wire.Reply;

/** Checks of a data directory on which no vulcano runs. */
public final class OfflineCheck {
    private OfflineCheck() {}

    /**
     * Opens the namespace, which ends what a crash left half done, and checks it.
     *
     * @throws RefusalException when it is no data directory, or a vulcano runs on it
     */
    public static VulcanoClient.Findings namespace(Path data) throws IOException {
        try (DataDirectory directory = DataDirectory.open(data);
                Store store = LavaStore.open(directory)) {
            Reply.Findings findings = store.check();
            return new VulcanoClient.Findings(findings.checked(), findings.total(), findings.problems());
        }
    }
}
