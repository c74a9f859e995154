package magma.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Identities in files of their own. */
class IdentityFileTest {
    private final Lava lava = new Lava();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private Path saved(Identity identity) throws IOException {
        Path file = directory.resolve("identity.pem");
        IdentityFile.at(file).save(identity);
        return file;
    }

    @Test
    void whatIsSavedIsReadAgain() throws IOException {
        Identity identity = lava.vulcano();
        Path file = saved(identity);
        Identity read = IdentityFile.at(file).identity();
        assertThat(read.certificate()).isEqualTo(identity.certificate());
        assertThat(read.authority()).isEqualTo(identity.authority());
        assertThat(read.key()).isEqualTo(identity.key());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aDirectoryDoesAsWell() throws IOException {
        Identity identity = lava.vulcano();
        identity.save(directory);
        assertThat(IdentityFile.at(directory).identity().certificate()).isEqualTo(identity.certificate());
    }

    @Test
    void aRenewedOneTakesItsPlaceButForOneOfAnotherNetwork() throws IOException {
        Identity before = lava.vulcano();
        Path file = saved(before);
        Identity after = Identity.issue(lava.authority, before.principal(), lava.instant());
        IdentityFile.at(file).renew(after);
        assertThat(IdentityFile.at(file).identity().certificate()).isEqualTo(after.certificate());
        Identity stranger = new Lava().vulcano();
        assertThatThrownBy(() -> IdentityFile.at(file).renew(stranger))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("does not belong");
    }

    @Test
    void oneThatOthersMayReadIsRefused() throws IOException {
        Path file = saved(lava.vulcano());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> IdentityFile.at(file).identity())
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void missingAndDamagedOnesAreNamed() throws IOException {
        Path file = saved(lava.vulcano());
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.lastIndexOf("-----BEGIN")));
        assertThatThrownBy(() -> IdentityFile.at(file).identity())
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("the authority's certificate is missing");
        Files.writeString(file, "something else");
        assertThatThrownBy(() -> IdentityFile.at(file).identity())
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("identity.pem is damaged");
        Files.delete(file);
        assertThatThrownBy(() -> IdentityFile.at(file).identity())
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("identity.pem is missing");
    }
}
