package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageTool.Progress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether a storage may have lost what it had acknowledged. A boot of the machine is a name here. */
class ShutdownMarkTest {
    private static final String MONDAY = "11111111-2222-3333-4444-555555555555";
    private static final String TUESDAY = "99999999-8888-7777-6666-555555555555";

    @TempDir
    Path temp;

    private Path place;

    @BeforeEach
    void create() throws Exception {
        place = temp.resolve("storage");
        try (XodusStorage storage = XodusStorage.create(place, Small.SETTINGS)) {
            assertThat(storage.isClean()).isTrue();
        }
    }

    private XodusStorage open(String boot) throws StorageException {
        return XodusStorage.open(place, Small.SETTINGS, Steps.NONE, boot);
    }

    /** Opens, and kills the process. */
    private boolean isCleanAndKilled(String boot) throws StorageException {
        XodusStorage storage = open(boot);
        boolean clean = storage.isClean();
        storage.abandon();
        return clean;
    }

    @Test
    void aStorageThatWasClosedIsClean() throws Exception {
        open(MONDAY).close();
        try (XodusStorage storage = open(TUESDAY)) {
            assertThat(storage.isClean()).isTrue();
        }
    }

    @Test
    void theDeathOfTheProcessLosesNothing() throws Exception {
        assertThat(isCleanAndKilled(MONDAY)).isTrue();
        assertThat(isCleanAndKilled(MONDAY)).isTrue();
        assertThat(isCleanAndKilled(MONDAY)).isTrue();
    }

    @Test
    void anotherBootThanThatInWhichTheProcessDiedIsALossOfPower() throws Exception {
        assertThat(isCleanAndKilled(MONDAY)).isTrue();
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
    }

    @Test
    void aStorageOpenedUncleanStaysSoUntilThatWasTold() throws Exception {
        isCleanAndKilled(MONDAY);
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
        open(TUESDAY).close();
        XodusStorage told = open(TUESDAY);
        assertThat(told.isClean()).isFalse();
        told.markClean();
        assertThat(told.isClean()).isTrue();
        told.abandon();
        assertThat(isCleanAndKilled(TUESDAY)).isTrue();
        assertThat(isCleanAndKilled(MONDAY)).isFalse();
        told = open(MONDAY);
        told.markClean();
        told.close();
        assertThat(isCleanAndKilled(TUESDAY)).isTrue();
    }

    @Test
    void anUnreadableMarkIsUnclean() throws Exception {
        Path mark = place.resolve("mark");
        for (String text : List.of("", "closed?", "open", "open " + TUESDAY + "x", "\0\0\0\0")) {
            Files.writeString(mark, text);
            assertThat(isCleanAndKilled(TUESDAY)).as(text).isFalse();
        }
        Files.delete(mark);
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
    }

    @Test
    void aDiskThatFailedLeavesItUnclean() throws Exception {
        Steps failing = new Steps() {
            @Override
            public void at(String step) {}

            @Override
            public void syncing() throws IOException {
                throw new IOException("Input/output error");
            }
        };
        XodusStorage storage = XodusStorage.open(place, Small.SETTINGS, failing, MONDAY);
        storage.append(new LogRecord(1, new Version(1, 1), List.of()), Purpose.GROW);
        assertThatThrownBy(storage::sync).isInstanceOf(StorageException.class);
        assertThat(storage.isClean()).isFalse();
        assertThatThrownBy(storage::markClean).isInstanceOf(StorageException.class);
        storage.abandon();
        assertThat(isCleanAndKilled(MONDAY)).isFalse();
    }

    @Test
    void whoeverOnlyLooksOrRebuildsLeavesTheMark() throws Exception {
        isCleanAndKilled(MONDAY);
        StorageTool.check(place, Progress.NONE);
        StorageOnTrial.open(place, Small.SETTINGS).close();
        StorageTool.rebuild(place, Progress.NONE);
        assertThat(isCleanAndKilled(TUESDAY)).isFalse();
    }

    @Test
    void theKernelNamesItsBoot() {
        assertThat(ShutdownMark.boot()).hasSize(36).isEqualTo(ShutdownMark.boot());
    }
}
