package magma.dht.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Request;
import magma.dht.wire.TreeRequest;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenOption;
import org.junit.jupiter.api.Test;

class EntitlementTest {
    private static final Caller ANN = Caller.of(1001, 1001, Set.of(), 0);
    private static final Caller BEN = Caller.of(1002, 1002, Set.of(), 0);
    private static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
    private static final Set<OpenOption> READ = FileSystem.options(OpenOption.READ);

    private static Entitlement of(Role role, Claims claims) {
        return Entitlement.of(new Principal(new UUID(1, 2), role, "ann", claims, "1"));
    }

    private static final Entitlement ANNS = of(Role.CLIENT, Claims.of(Set.of(1001), Set.of(1001, 50)));

    private static void assertRefused(Errno errno, Entitlement entitlement, Request request) {
        assertThatThrownBy(() -> entitlement.check(request))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static void assertAllowed(Entitlement entitlement, Request request) {
        assertThatCode(() -> entitlement.check(request)).doesNotThrowAnyException();
    }

    @Test
    void callersAreFoundInAllRequestsThatHaveOne() throws FsException {
        for (Request request : List.of(
                new TreeRequest.Lookup(BEN, Key.MIN, Name.of("x")),
                new TreeRequest.MakeDirectory(BEN, Key.MIN, Name.of("x"), 0),
                new TreeRequest.Rename(
                        BEN, Key.MIN, Name.of("x"), Key.MIN, Name.of("y"), FileSystem.RenameMode.NO_REPLACE),
                new FileRequest.OpenDirectory(BEN, Key.MIN),
                new FileRequest.OpenFile(BEN, Key.MIN, READ))) {
            assertThat(request.caller()).isSameAs(BEN);
            assertRefused(Errno.EPERM, ANNS, request);
        }
        assertThat(new TreeRequest.GetAttributes(Key.MIN).caller()).isNull();
        assertAllowed(ANNS, new TreeRequest.GetAttributes(Key.MIN));
        assertAllowed(ANNS, new TreeRequest.Lookup(ANN, Key.MIN, Name.of("x")));
    }

    @Test
    void contentIsWrittenAsNobodyWhereTheWriterMayNotBeClaimed() {
        assertAllowed(ANNS, new FileRequest.Write(1, Caller.ROOT, 0, ByteBuffer.allocate(1)));
        assertThat(ANNS.writer(ANN)).isSameAs(ANN);
        assertThat(ANNS.writer(Caller.ROOT).isSuperuser()).isFalse();
        assertThat(of(Role.CLIENT, Claims.ANY).writer(Caller.ROOT)).isSameAs(Caller.ROOT);
        assertThat(Entitlement.ALL.writer(BEN)).isSameAs(BEN);
    }

    @Test
    void whatWasOpenIsOpenedAgainForItsOwnerAndElseAsThoseWhoMayBeClaimed() {
        assertThat(ANNS.reopeners(1001)).containsExactly(Caller.ROOT);
        assertThat(ANNS.reopeners(1002)).singleElement().satisfies(caller -> {
            assertThat(caller.uid()).isEqualTo(1001);
            assertThat(caller.isInGroup(50)).isTrue();
        });
        assertThat(of(Role.CLIENT, Claims.of(Set.of(0), Set.of(0))).reopeners(7))
                .containsExactly(Caller.ROOT);
        assertThat(of(Role.CLIENT, Claims.of(Set.of(), Set.of())).reopeners(7)).isEmpty();
    }

    @Test
    void readersOpenForReadingOnly() {
        Entitlement reader = of(Role.READ_ONLY, Claims.ANY);
        assertAllowed(reader, new FileRequest.OpenFile(ANN, Key.MIN, READ));
        assertAllowed(reader, new FileRequest.ReopenFile(Key.MIN, READ));
        assertAllowed(reader, new FileRequest.Flush(1));
        assertAllowed(reader, new FileRequest.Close(1));
        assertAllowed(reader, new TreeRequest.EndSession());
        assertRefused(Errno.EROFS, reader, new FileRequest.OpenFile(ANN, Key.MIN, BOTH));
        assertRefused(Errno.EROFS, reader, new FileRequest.ReopenFile(Key.MIN, BOTH));
        assertRefused(
                Errno.EROFS,
                reader,
                new FileRequest.OpenFile(ANN, Key.MIN, FileSystem.options(OpenOption.READ, OpenOption.TRUNCATE)));
        assertRefused(Errno.EROFS, reader, new FileRequest.Write(1, ANN, 0, ByteBuffer.allocate(1)));
        assertRefused(Errno.EROFS, reader, new FileRequest.Punch(1, ANN, 0, 1));
    }

    @Test
    void strangersMayAskForNothing() {
        Entitlement stranger = Entitlement.of(null);
        assertRefused(Errno.EPERM, stranger, new AdminRequest.GetStatus());
        assertRefused(Errno.EPERM, stranger, new TreeRequest.GetStatistics());
    }

    @Test
    void vulcanosMayAskForAll() {
        Entitlement vulcano =
                Entitlement.of(new Principal(new UUID(1, 2), Role.VULCANO, new UUID(3, 4).toString(), Claims.ANY, "1"));
        assertAllowed(vulcano, new AdminRequest.Stop());
        assertAllowed(vulcano, new FileRequest.OpenFile(Caller.ROOT, Key.MIN, BOTH));
    }
}
