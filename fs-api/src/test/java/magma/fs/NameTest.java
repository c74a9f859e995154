package magma.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

class NameTest {
    private static void refused(Errno errno, byte[] bytes) {
        FsException refusal = catchThrowableOfType(FsException.class, () -> Name.of(bytes));
        assertThat(refusal.errno()).isEqualTo(errno);
    }

    @Test
    void bytesAreKeptAsTheyAre() throws FsException {
        byte[] odd = {(byte) 0xff, '\n', ' ', (byte) 0x80};
        Name name = Name.of(odd);
        assertThat(name.bytes()).isEqualTo(odd);
        assertThat(name.length()).isEqualTo(4);
        assertThat(Name.of("größe").bytes()).isEqualTo("größe".getBytes(UTF_8));
        assertThat(Name.of("größe")).hasToString("größe");
    }

    @Test
    void laterChangesOfTheArraysAreNotSeen() throws FsException {
        byte[] bytes = {'a', 'b'};
        Name name = Name.of(bytes);
        bytes[0] = 'x';
        name.bytes()[1] = 'y';
        assertThat(name).isEqualTo(Name.of("ab")).hasSameHashCodeAs(Name.of("ab"));
    }

    @Test
    void namesOfEntriesOnlyAreTaken() throws FsException {
        refused(Errno.ENOENT, new byte[0]);
        refused(Errno.EINVAL, ".".getBytes(UTF_8));
        refused(Errno.EINVAL, "..".getBytes(UTF_8));
        refused(Errno.EINVAL, "a/b".getBytes(UTF_8));
        refused(Errno.EINVAL, new byte[] {'a', 0});
        assertThat(Name.of("...").length()).isEqualTo(3);
        assertThat(Name.of(".a").length()).isEqualTo(2);
        assertThat(Name.of("..a").length()).isEqualTo(3);
    }

    @Test
    void lengthIsBoundedInBytes() throws FsException {
        assertThat(Name.of("n".repeat(255)).length()).isEqualTo(255);
        refused(Errno.ENAMETOOLONG, "n".repeat(256).getBytes(UTF_8));
        refused(Errno.ENAMETOOLONG, "ü".repeat(128).getBytes(UTF_8));
        refused(Errno.ENAMETOOLONG, "/".repeat(256).getBytes(UTF_8));
    }

    @Test
    void orderIsThatOfUnsignedBytes() throws FsException {
        assertThat(Name.of("a")).isLessThan(Name.of("b"));
        assertThat(Name.of("a")).isLessThan(Name.of("aa"));
        assertThat(Name.of(new byte[] {(byte) 0x80})).isGreaterThan(Name.of("z"));
        assertThat(Name.of("A")).isNotEqualTo(Name.of("a"));
    }
}
