package magma.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import magma.dht.identity.Claims;
import magma.dht.identity.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Identities and secrets in files. */
class IdentityTest {
    private final Lava lava = new Lava();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatIsSavedIsReadAgain() throws IOException {
        Identity identity = lava.vulcano();
        Path place = directory.resolve("made/for/it");
        identity.save(place);
        Identity read = Identity.load(place);
        assertThat(read.principal()).isEqualTo(identity.principal());
        assertThat(read.certificate()).isEqualTo(identity.certificate());
        assertThat(read.authority()).isEqualTo(identity.authority());
        assertThat(read.key()).isEqualTo(identity.key());
        assertThat(mode(place.resolve("identity.key"))).isEqualTo("rw-------");
        assertThat(mode(place)).isEqualTo("rwx------");
        assertThat(place.toFile().list()).containsExactlyInAnyOrder("identity.key", "identity.crt", "authority.crt");
    }

    @Test
    void aKeyThatOthersMayReadIsRefused() throws IOException {
        lava.vulcano().save(directory);
        Files.setPosixFilePermissions(directory.resolve("identity.key"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> Identity.load(directory))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("identity.key")
                .hasMessageContaining("chmod 600");
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity.key", "identity.crt", "authority.crt"})
    void missingAndDamagedFilesAreNamed(String name) throws IOException {
        lava.vulcano().save(directory);
        Path file = directory.resolve(name);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, new byte[] {1, 2, 3});
        assertThatThrownBy(() -> Identity.load(directory))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining(name + " is damaged");
        String text = new String(whole, java.nio.charset.StandardCharsets.US_ASCII);
        Files.writeString(file, text.substring(0, 60) + "AAAA" + text.substring(64));
        assertThatThrownBy(() -> Identity.load(directory)).isInstanceOf(IdentityException.class);
        Files.delete(file);
        assertThatThrownBy(() -> Identity.load(directory))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining(name + " is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity.key", "identity.crt", "authority.crt"})
    void aFileOfAnotherIdentityIsFound(String name) throws IOException {
        Path other = directory.resolve("other");
        new Lava().vulcano().save(other);
        Path mine = directory.resolve("mine");
        lava.vulcano().save(mine);
        Files.copy(
                other.resolve(name),
                mine.resolve(name),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
        assertThatThrownBy(() -> Identity.load(mine))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("is not whole");
    }

    @Test
    void aSaveThatWasCutShortLeavesTheOldOrTheNewIdentity() throws IOException {
        Identity before = lava.vulcano();
        Identity after = Identity.issue(lava.authority, before.principal(), lava.instant());
        Path next = directory.resolve("next");
        after.save(next);

        before.save(directory);
        Files.copy(
                next.resolve("identity.key"),
                directory.resolve("identity.key.next"),
                StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(Identity.load(directory).principal()).isEqualTo(before.principal());

        Files.copy(
                next.resolve("identity.crt"), directory.resolve("identity.crt"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(Identity.load(directory).principal()).isEqualTo(after.principal());
        assertThat(directory.resolve("identity.key.next")).doesNotExist();
        assertThat(Identity.load(directory).principal()).isEqualTo(after.principal());
    }

    @Test
    void theNetworksSecretIsForItsOwnerAlone() throws IOException {
        NetworkSecret secret = NetworkSecret.draw();
        secret.save(directory);
        Path file = directory.resolve(NetworkSecret.FILE);
        assertThat(NetworkSecret.load(directory).bytes()).isEqualTo(secret.bytes());
        assertThat(mode(file)).isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThatThrownBy(() -> NetworkSecret.load(directory)).hasMessageContaining("others may read");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, new byte[31]);
        assertThatThrownBy(() -> NetworkSecret.load(directory)).hasMessageContaining("is damaged");
    }

    @Test
    void theStoreKeepsNetworksApart() throws IOException {
        IdentityStore store = IdentityStore.in(directory.resolve("config"));
        assertThat(store.list()).isEmpty();
        assertThat(store.findDefault()).isEmpty();
        Identity ann = lava.issue(Role.OPERATOR, "ann", Claims.ANY);
        IdentityStore.Entry first = store.add(ann, List.of("10.0.0.1:4610", "[::1]:4610"));
        Lava namesake = new Lava();
        IdentityStore.Entry second = store.add(namesake.issue(Role.CLIENT, "ann", Lava.ALICE), List.of());
        assertThat(first.name()).isEqualTo("lava");
        assertThat(second.name()).isEqualTo(namesake.network.toString());
        assertThat(store.list())
                .extracting(IdentityStore.Entry::network)
                .containsExactlyInAnyOrder(lava.network, namesake.network);
        assertThat(store.find("lava").orElseThrow().network()).isEqualTo(lava.network);
        assertThat(store.find(lava.network.toString()).orElseThrow().name()).isEqualTo("lava");
        assertThat(store.find("etna")).isEmpty();
        assertThat(store.find("../networks/lava")).isEmpty();
        assertThat(first.addresses()).containsExactly("10.0.0.1:4610", "[::1]:4610");
        assertThat(first.identity().principal()).isEqualTo(ann.principal());
        assertThat(store.findDefault().orElseThrow().network()).isEqualTo(lava.network);
        store.setDefault(second);
        assertThat(IdentityStore.in(directory.resolve("config"))
                        .findDefault()
                        .orElseThrow()
                        .network())
                .isEqualTo(namesake.network);
    }

    @Test
    void anIdentityTakesThePlaceOfAnOlderOneOfItsNetwork() throws IOException {
        IdentityStore store = IdentityStore.in(directory.resolve("config"));
        Identity older = lava.issue(Role.CLIENT, "ann", Lava.ALICE);
        IdentityStore.Entry entry = store.add(older, List.of("10.0.0.1:4610"));
        Identity newer = lava.issue(Role.OPERATOR, "ann", Claims.ANY);
        assertThat(store.add(newer, List.of("10.0.0.2:4610")).name()).isEqualTo("lava");
        assertThat(store.list()).hasSize(1);
        assertThat(entry.identity().principal()).isEqualTo(newer.principal());
        assertThat(entry.addresses()).containsExactly("10.0.0.2:4610");
        Identity foreign = new Lava().vulcano();
        assertThatThrownBy(() -> entry.renew(foreign)).isInstanceOf(IdentityException.class);
    }

    @Test
    void theStoreIsWhereTheEnvironmentSays() throws IOException {
        lavaIn(Map.of("MAGMA_CONFIG", directory + "/a", "HOME", directory + "/b"), "a/networks");
        lavaIn(Map.of("XDG_CONFIG_HOME", directory + "/c", "HOME", directory + "/b"), "c/magma/networks");
        lavaIn(Map.of("XDG_CONFIG_HOME", "relative", "HOME", directory + "/d"), "d/.config/magma/networks");
        assertThatThrownBy(() -> IdentityStore.of(Map.of()))
                .isInstanceOf(IdentityException.class)
                .hasMessageContaining("MAGMA_CONFIG");
    }

    private void lavaIn(Map<String, String> environment, String networks) throws IOException {
        IdentityStore.Entry entry = IdentityStore.of(environment).add(lava.vulcano(), List.of());
        assertThat(entry.directory()).isEqualTo(directory.resolve(networks).resolve("lava"));
    }
}
