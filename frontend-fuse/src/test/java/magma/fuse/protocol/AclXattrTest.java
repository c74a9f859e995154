package magma.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import magma.fs.Acl;
import magma.fs.Errno;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;

class AclXattrTest {
    /** As getfattr shows it after {@code setfacl -m u:1000:rw}, on ext4. */
    private static final String BYTES =
            "0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff";

    private static final Acl ACL = new Acl(List.of(
            new Acl.Entry(Acl.Tag.USER_OBJECT, -1, 6),
            new Acl.Entry(Acl.Tag.USER, 1000, 6),
            new Acl.Entry(Acl.Tag.GROUP_OBJECT, -1, 4),
            new Acl.Entry(Acl.Tag.MASK, -1, 6),
            new Acl.Entry(Acl.Tag.OTHER, -1, 4)));

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    @Test
    void listsAreWrittenAsOtherFilesystemsDo() {
        assertThat(HexFormat.of().formatHex(AclXattr.write(ACL))).isEqualTo(BYTES);
    }

    @Test
    void listsAreReadAsOtherFilesystemsDo() throws Exception {
        assertThat(AclXattr.read(hex(BYTES))).contains(ACL);
        assertThat(AclXattr.read(hex("02000000"))).isEmpty();
    }

    @Test
    void whatIsNoListIsRefused() {
        for (String bytes : List.of("", "0200", "0200000001", "0200000001000800ffffffff", BYTES.substring(0, 24))) {
            assertThatThrownBy(() -> AclXattr.read(hex(bytes)))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        }
        assertThatThrownBy(() -> AclXattr.read(hex("01000000")))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP));
    }
}
