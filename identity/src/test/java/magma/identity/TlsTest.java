package magma.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import magma.dht.identity.Claims;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.ListenerSettings;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RefusedException;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.dht.transport.netty.Served;
import magma.dht.transport.netty.TransportSecurity;
import magma.dht.transport.netty.WireListener;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.fs.MemoryVolume;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Who may talk to a vulcano, and about what: real sockets, real certificates, a clock that is moved. */
class TlsTest {
    private static final Caller ALICE = Caller.of(1001, 1001, Set.of(), 022);
    private static final Caller BOB = Caller.of(1002, 1002, Set.of(), 022);
    private static final Set<OpenOption> READ = FileSystem.options(OpenOption.READ);
    private static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
    private static final NetAddress ANY_PORT = NetAddress.parse("127.0.0.1:0");
    private static final Duration LIFE = Authority.VALIDITY;

    private final Lava lava = new Lava();
    private volatile Identity vulcano = lava.vulcano();
    private final MemoryVolume served = new MemoryVolume();
    private WireListener listener = listen(new TlsContexts(() -> vulcano, lava::isRevoked, lava));
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("magma.dht.transport.netty");

    TlsTest() throws IOException {}

    private WireListener listen(TransportSecurity security) throws IOException {
        return new WireListener(settings(ANY_PORT, security), Served.alone(served, new Answers()));
    }

    private ListenerSettings settings(NetAddress address, TransportSecurity security) {
        return ListenerSettings.of(address, lava.network, UUID.randomUUID(), UUID.randomUUID(), security);
    }

    private WireListener listen(Duration greeting, int strangers) throws IOException {
        ListenerSettings usual = settings(ANY_PORT, lava.security(vulcano));
        ListenerSettings settings = new ListenerSettings(
                usual.listen(),
                usual.network(),
                usual.vulcano(),
                usual.boot(),
                usual.workers(),
                usual.connections(),
                usual.requests(),
                usual.bytes(),
                usual.silence(),
                usual.laggard(),
                greeting,
                strangers,
                usual.security());
        return new WireListener(settings, Served.alone(served, new Answers()));
    }

    @BeforeEach
    void openRootToAll() throws IOException {
        log.start();
        logger.addAppender(log);
        Identity root = lava.issue(Role.CLIENT, "root", Claims.ANY);
        try (RemoteVolume volume = volume(lava.security(root));
                FileSystem fs = volume.openSession("root", ChangeListener.NONE)) {
            Attributes unused = fs.setAttributes(Caller.ROOT, fs.root(), AttributeChanges.mode(0777), null);
        }
    }

    @AfterEach
    void close() {
        listener.close();
        logger.detachAppender(log);
    }

    private RemoteVolume volume(@Nullable TransportSecurity security) {
        return new RemoteVolume(RemoteSettings.of(listener.address(), security));
    }

    private Identity client(Claims claims) {
        return lava.issue(Role.CLIENT, "alice", claims);
    }

    /** What a client with this security hears instead of a welcome. */
    private RefusedException refusal(TransportSecurity security) {
        return refusal(security, Signal.Reason.IDENTITY);
    }

    private RefusedException refusal(TransportSecurity security, Signal.Reason reason) {
        RefusedException found = catchThrowableOfType(RefusedException.class, () -> {
            AdminClient client = new AdminClient(RemoteSettings.of(listener.address(), security), "somebody");
            client.close();
        });
        assertThat(found).isNotNull();
        assertThat(found.reason()).isEqualTo(reason);
        return found;
    }

    private void assertLoggedOnce(String part) {
        listener.close();
        assertThat(List.copyOf(log.list))
                .filteredOn(event -> event.getFormattedMessage().startsWith("Refused "))
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage()).contains("/127.0.0.1:", part));
    }

    private static void assertErrno(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class,
                        e -> assertThat(e.errno()).as(e.getMessage()).isEqualTo(errno));
    }

    private static OpenFile create(FileSystem fs, Caller caller, String name, int mode) throws FsException {
        return fs.create(caller, fs.root(), name(name), mode, true, BOTH).file();
    }

    private static Name name(String text) throws FsException {
        return Name.of(text);
    }

    @Test
    void membersUseTheFilesystem() throws IOException {
        try (RemoteVolume volume = volume(lava.security(client(Lava.ALICE)));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE);
                OpenFile file = create(fs, ALICE, "file", 0644)) {
            byte[] content = new byte[(3 << 20) + 5];
            new java.util.Random(7).nextBytes(content);
            assertThat(file.write(ALICE, ByteBuffer.wrap(content), 0)).isEqualTo(content.length);
            ByteBuffer read = ByteBuffer.allocate(content.length);
            assertThat(file.read(read, 0)).isEqualTo(content.length);
            assertThat(read.array()).isEqualTo(content);
        }
    }

    @Test
    void bothProvidersUnderstandEachOther() throws IOException {
        Identity alice = client(Lava.ALICE);
        TransportSecurity java = new TlsContexts(() -> alice, lava::isRevoked, lava, SslProvider.JDK);
        try (RemoteVolume volume = volume(java);
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE)) {
            assertThat(fs.getAttributes(fs.root()).mode()).isEqualTo(0777);
        }
        Identity other = lava.vulcano();
        try (WireListener onJava = listen(new TlsContexts(() -> other, lava::isRevoked, lava, SslProvider.JDK));
                RemoteVolume volume = new RemoteVolume(RemoteSettings.of(onJava.address(), lava.security(alice)));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE)) {
            assertThat(fs.getAttributes(fs.root()).mode()).isPositive();
        }
    }

    @Test
    void whoShowsNoCertificateIsRefused() {
        Token token = new Token(
                lava.network,
                UUID.randomUUID(),
                new byte[16],
                lava.authority.fingerprint(),
                Lava.FOUNDED,
                List.of("127.0.0.1:1"));
        assertThat(refusal(TlsContexts.joining(token, lava))).hasMessageContaining("no certificate");
        assertLoggedOnce("no certificate");
    }

    @Test
    void whoJoinsFindsOutWhenTheNetworkIsAnother() {
        Lava other = new Lava();
        Token token = new Token(
                other.network,
                UUID.randomUUID(),
                new byte[16],
                other.authority.fingerprint(),
                Lava.FOUNDED,
                List.of("127.0.0.1:1"));
        assertThat(refusal(TlsContexts.joining(token, lava))).hasMessageContaining("of another network");
    }

    @Test
    void whoDoesNotEncryptIsRefused() {
        try (RemoteVolume volume = volume(null)) {
            assertErrno(Errno.ENOTCONN, () -> volume.openSession("plain", ChangeListener.NONE));
        }
        assertLoggedOnce("does not speak TLS");
    }

    @Test
    void clientsDoNotTrustVulcanosOfAnotherNetwork() {
        Lava other = new Lava();
        assertThat(refusal(other.security(other.issue(Role.OPERATOR, "eve", Claims.ANY))))
                .hasMessageContaining("of another network");
    }

    @Test
    void aForeignCertificateIsRefused() {
        Lava other = new Lava();
        Identity eve = other.issue(Role.OPERATOR, "eve", Claims.ANY);
        assertThat(refusal(new Gullible(eve))).hasMessageContaining("does not accept this side's certificate");
        assertLoggedOnce("of another network");
    }

    @Test
    void aClientsCertificateDoesNotMakeAVulcano() throws IOException {
        Identity alice = client(Lava.ALICE);
        try (WireListener impostor = listen(lava.security(alice))) {
            assertThatThrownBy(() -> {
                        AdminClient admin = new AdminClient(
                                RemoteSettings.of(impostor.address(), lava.security(alice)), "somebody");
                        admin.close();
                    })
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("client alice, not a vulcano");
        }
    }

    @Test
    void expiredCertificatesAreRefusedOnBothSides() {
        Identity alice = client(Lava.ALICE);
        lava.pass(LIFE.plusSeconds(1));
        assertThat(refusal(lava.security(alice))).hasMessageContaining("expired at 2026-05-30T12:00:00Z");
        vulcano = lava.vulcano();
        assertThat(refusal(lava.security(alice)))
                .hasMessageContaining("the vulcano refused")
                .hasMessageContaining("expired at 2026-05-30T12:00:00Z");
    }

    @Test
    void aCertificateOfTheFutureIsRefused() {
        lava.pass(Duration.ofDays(3));
        Identity alice = client(Lava.ALICE);
        lava.pass(Duration.ofDays(-3));
        assertThat(refusal(lava.security(alice))).hasMessageContaining("are the clocks right?");
    }

    @Test
    void aRenewedVulcanoIsTrustedWithoutARestart() throws Exception {
        Identity alice = client(Lava.ALICE);
        lava.pass(LIFE.minusSeconds(60));
        alice = Identity.issue(lava.authority, alice.principal(), lava.instant());
        lava.pass(Duration.ofSeconds(61));
        assertThat(refusal(lava.security(alice))).hasMessageContaining("expired");
        vulcano = Identity.issue(lava.authority, vulcano.principal(), lava.instant());
        try (RemoteVolume volume = volume(lava.security(alice));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE)) {
            assertThat(fs.getAttributes(fs.root()).mode()).isPositive();
        }
    }

    @Test
    void revokedCertificatesAreRefused() {
        Identity alice = client(Lava.ALICE);
        lava.revoked.add(alice.principal().serial());
        assertThat(refusal(lava.security(alice), Signal.Reason.REVOKED))
                .hasMessageContaining("client alice was revoked");
        assertLoggedOnce("revoked");
    }

    @Test
    void revocationEndsConnectionsThatAreThere() throws IOException {
        Identity alice = client(Lava.ALICE);
        Identity operator = lava.issue(Role.OPERATOR, "olga", Claims.ANY);
        try (AdminClient cut = new AdminClient(RemoteSettings.of(listener.address(), lava.security(alice)), "a");
                AdminClient other =
                        new AdminClient(RemoteSettings.of(listener.address(), lava.security(operator)), "b")) {
            assertThat(cut.status().name()).isEqualTo("lava");
            lava.revoked.add(alice.principal().serial());
            listener.endRevoked();
            assertThatThrownBy(cut::status).isInstanceOf(IOException.class);
            other.flush();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aRevokedClientIsHeardNoMoreEvenWhereNobodyEndedItsConnection() throws Exception {
        Identity alice = client(Lava.ALICE);
        try (AdminClient admin = new AdminClient(RemoteSettings.of(listener.address(), lava.security(alice)), "a")) {
            assertThat(admin.status().name()).isEqualTo("lava");
            lava.revoked.add(alice.principal().serial());
            assertThatThrownBy(admin::status).isInstanceOf(IOException.class);
        }
    }

    @Test
    void administrationIsByRole() throws Exception {
        try (AdminClient client = admin(Role.CLIENT)) {
            assertThat(client.status().name()).isEqualTo("lava");
            assertErrno(Errno.EPERM, () -> client.locate(new byte[] {'/'}));
            assertErrno(Errno.EPERM, client::flush);
            assertErrno(Errno.EPERM, client::stop);
        }
        try (AdminClient reader = admin(Role.READ_ONLY)) {
            assertThat(reader.status().name()).isEqualTo("lava");
            assertThat(reader.locate(new byte[] {'/'}).places()).isEmpty();
            assertErrno(Errno.EPERM, reader::flush);
            assertErrno(Errno.EPERM, reader::stop);
        }
        try (AdminClient operator = admin(Role.OPERATOR)) {
            operator.flush();
            operator.stop();
            assertThat(operator.checkNamespace().total()).isZero();
        }
    }

    private AdminClient admin(Role role) throws IOException, InterruptedException {
        Identity identity = lava.issue(role, "somebody", Claims.ANY);
        return new AdminClient(RemoteSettings.of(listener.address(), lava.security(identity)), "somebody");
    }

    @Test
    void onlyClaimedIdsMayBeActedFor() throws IOException {
        try (RemoteVolume volume = volume(lava.security(client(Lava.ALICE)));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE)) {
            assertThat(fs.makeDirectory(ALICE, fs.root(), name("hers"), 0755).uid())
                    .isEqualTo(1001);
            for (Caller other : List.of(
                    BOB, Caller.ROOT, Caller.of(1001, 1002, Set.of(), 0), Caller.of(1001, 1001, Set.of(1002), 0))) {
                assertErrno(Errno.EPERM, () -> fs.makeDirectory(other, fs.root(), name("theirs"), 0755));
                assertErrno(Errno.EPERM, () -> fs.lookup(other, fs.root(), name("hers")));
                assertErrno(Errno.EPERM, () -> fs.openDirectory(other, fs.root()));
            }
        }
    }

    @Test
    void whoMayNotClaimTheSuperuserCannotKeepASetUserIdBitWhileWriting() throws IOException {
        try (RemoteVolume ofRoot = volume(lava.security(client(Claims.ANY)));
                FileSystem root = ofRoot.openSession("root", ChangeListener.NONE);
                OpenFile program = create(root, Caller.ROOT, "program", 04777);
                RemoteVolume volume = volume(lava.security(client(Lava.ALICE)));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE);
                OpenFile open = fs.open(ALICE, program.flare(), BOTH)) {
            assertThat(program.write(Caller.ROOT, ByteBuffer.allocate(1), 0)).isEqualTo(1);
            assertThat(fs.getAttributes(program.flare()).mode()).isEqualTo(04777);
            assertThat(open.write(Caller.ROOT, ByteBuffer.allocate(1), 0)).isEqualTo(1);
            assertThat(fs.getAttributes(program.flare()).mode()).isEqualTo(0777);
        }
    }

    @Test
    void readersChangeNothing() throws IOException {
        try (RemoteVolume ofRoot = volume(lava.security(client(Claims.ANY)));
                FileSystem root = ofRoot.openSession("root", ChangeListener.NONE);
                OpenFile file = create(root, Caller.ROOT, "file", 0666);
                RemoteVolume volume = volume(lava.security(lava.issue(Role.READ_ONLY, "reader", Claims.ANY)));
                FileSystem fs = volume.openSession("reader", ChangeListener.NONE);
                OpenFile reading = fs.open(Caller.ROOT, file.flare(), READ)) {
            assertThat(file.write(Caller.ROOT, ByteBuffer.wrap(new byte[] {1, 2, 3}), 0))
                    .isEqualTo(3);
            file.sync(false);
            assertThat(reading.read(ByteBuffer.allocate(9), 0)).isEqualTo(3);
            reading.flush();
            fs.lock(file.flare(), lock(false), false).join();
            fs.unlock(file.flare(), Lock.Family.FLOCK, new Lock.Owner(1), Lock.Range.ALL);
            assertErrno(Errno.EROFS, () -> fs.open(Caller.ROOT, file.flare(), BOTH));
            assertErrno(Errno.EROFS, () -> create(fs, Caller.ROOT, "more", 0666));
            assertErrno(Errno.EROFS, () -> fs.unlink(Caller.ROOT, fs.root(), name("file")));
            assertErrno(
                    Errno.EROFS, () -> fs.setAttributes(Caller.ROOT, file.flare(), AttributeChanges.mode(0600), null));
            assertErrno(Errno.EROFS, () -> fs.access(Caller.ROOT, file.flare(), Set.of(magma.fs.AccessMode.WRITE)));
            assertThatThrownBy(() -> fs.lock(file.flare(), lock(true), false).join())
                    .hasRootCauseInstanceOf(FsException.class)
                    .hasMessageContaining("EROFS");
        }
    }

    @Test
    void whatWasOpenIsOpenedAgainWhereItsHolderMay() throws IOException {
        try (RemoteVolume ofRoot = volume(lava.security(client(Claims.ANY)));
                FileSystem root = ofRoot.openSession("root", ChangeListener.NONE);
                OpenFile file = create(root, Caller.ROOT, "file", 0644);
                RemoteVolume volume = volume(lava.security(client(Lava.ALICE)));
                FileSystem fs = volume.openSession("alice", ChangeListener.NONE);
                OpenFile hers = create(fs, ALICE, "hers", 0400);
                OpenFile readable = fs.open(ALICE, file.flare(), READ);
                OpenFile secret = fs.open(ALICE, file.flare(), READ)) {
            NetAddress address = listener.address();
            assertThat(hers.write(ALICE, ByteBuffer.allocate(3), 0)).isEqualTo(3);
            hers.sync(false);
            assertThat(secret.read(ByteBuffer.allocate(1), 0)).isZero();
            listener.close();
            listener = new WireListener(settings(address, lava.security(vulcano)), Served.alone(served, new Answers()));
            assertThat(hers.read(ByteBuffer.allocate(9), 0)).isEqualTo(3);
            assertThat(readable.read(ByteBuffer.allocate(9), 0)).isZero();
            Attributes unused = root.setAttributes(Caller.ROOT, file.flare(), AttributeChanges.mode(0600), null);
            listener.close();
            listener = new WireListener(settings(address, lava.security(vulcano)), Served.alone(served, new Answers()));
            assertThat(hers.read(ByteBuffer.allocate(9), 0)).isEqualTo(3);
            assertThatThrownBy(() -> secret.read(ByteBuffer.allocate(9), 0)).isInstanceOf(FsException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoConnectsAndSaysNothingIsSentAwayInTime(int strangers) throws IOException {
        try (WireListener impatient = listen(Duration.ofMillis(300), strangers);
                Socket silent = new Socket(
                        impatient.address().host(), impatient.address().port())) {
            silent.setSoTimeout(20_000);
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whoSaysWhatItWantsIsNoStrangerAnyMore() throws Exception {
        List<AdminClient> clients = new ArrayList<>();
        try (WireListener narrow = listen(Duration.ofSeconds(10), 1)) {
            TransportSecurity operator = lava.security(lava.issue(Role.OPERATOR, "olga", Claims.ANY));
            for (int i = 0; i < 5; i++) {
                clients.add(new AdminClient(RemoteSettings.of(narrow.address(), operator), "olga"));
            }
            for (AdminClient client : clients) {
                client.flush();
            }
        } finally {
            clients.forEach(AdminClient::close);
        }
    }

    private static Lock lock(boolean exclusive) {
        return new Lock(Lock.Family.FLOCK, new Lock.Owner(1), exclusive, Lock.Range.ALL, 1);
    }

    /** What operators are answered here. */
    private static final class Answers implements Administration {
        @Override
        public Reply.StatusOf status(List<Reply.SessionStatus> sessions) {
            return new Reply.StatusOf(
                    new UUID(1, 2),
                    "lava",
                    "test",
                    1,
                    Duration.ZERO,
                    "",
                    "",
                    0,
                    0,
                    0,
                    0,
                    List.of(),
                    List.of(),
                    List.of());
        }

        @Override
        public void stop() {}

        @Override
        public Reply.Findings checkNamespace() {
            return new Reply.Findings(List.of(), 0, List.of());
        }

        @Override
        public Reply.Places locate(byte[] path) {
            return new Reply.Places(List.of());
        }

        @Override
        public void flush() {}
    }
}
