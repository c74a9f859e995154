package magma.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;

class XattrNameTest {
    private static void refused(Errno errno, String text) {
        FsException refusal = catchThrowableOfType(FsException.class, () -> XattrName.of(text));
        assertThat(refusal.errno()).isEqualTo(errno);
    }

    @Test
    void namespaceIsPartOfTheName() throws FsException {
        assertThat(XattrName.of("user.colour").isUser()).isTrue();
        assertThat(XattrName.of("user.colour").isTrusted()).isFalse();
        assertThat(XattrName.of("trusted.x").isTrusted()).isTrue();
        assertThat(XattrName.of("security.capability").isUser()).isFalse();
        assertThat(XattrName.of("user.a.b.").text()).isEqualTo("user.a.b.");
    }

    @Test
    void otherNamespacesAreNotKept() {
        for (String text : new String[] {"colour", "system.posix_acl_access", "users.x", "user", "USER.x", ".x"}) {
            refused(Errno.EOPNOTSUPP, text);
        }
    }

    @Test
    void nameMustFollowTheNamespace() {
        refused(Errno.EINVAL, "user.");
        refused(Errno.EINVAL, "trusted.");
        refused(Errno.EINVAL, "security.");
    }

    @Test
    void lengthIsBoundedInBytes() throws FsException {
        assertThat(XattrName.of("user." + "x".repeat(250)).text()).hasSize(255);
        refused(Errno.ERANGE, "user." + "x".repeat(251));
        refused(Errno.ERANGE, "user." + "ü".repeat(126));
        refused(Errno.ERANGE, "");
    }
}
