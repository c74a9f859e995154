package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteVolume;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Message;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.identity.Authority;
import magma.identity.Identity;
import magma.identity.IdentityStore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Who is not to come in does not, is named once in the log, and disturbs nobody who is in. */
class DoorTest {
    private static final String DOOR = "magma.dht.transport.netty.RefusalLog";

    private final Logger logger = (Logger) LoggerFactory.getLogger(DOOR);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @SuppressWarnings("NullAway.Init")
    private TestLava lava;

    @SuppressWarnings("NullAway.Init")
    private NetAddress address;

    @SuppressWarnings("NullAway.Init")
    private SSLContext member;

    @BeforeEach
    void make() throws IOException {
        said.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(said);
        lava = new TestLava(top);
        address = NetAddress.parse(lava.found("first").address());
        member = RawPeer.tls(lava.people().findDefault().orElseThrow().directory());
    }

    @AfterEach
    void close() {
        lava.close();
        logger.detachAppender(said);
        logger.setLevel(null);
    }

    private void assertNamedOnce(String why) {
        // Who is sent away may see its end before the line is written.
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (linesWith(why).isEmpty() && System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(linesWith(why)).as(() -> why + " in " + said.list).hasSize(1);
    }

    private List<String> linesWith(String why) {
        return List.copyOf(said.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.contains(why))
                .toList();
    }

    /** What must happen to one who stands at the door, twice, so that the second time goes without a word. */
    private interface Attempt {
        void at(NetAddress door) throws Exception;
    }

    private void twice(String why, Attempt attempt) throws Exception {
        attempt.at(address);
        attempt.at(address);
        assertNamedOnce(why);
    }

    @Test
    void whoIsNotToComeInDoesNotAndIsNamedOnceAndDisturbsNobody() throws Exception {
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger rounds = new AtomicInteger();
        CompletableFuture<Void> good = CompletableFuture.runAsync(() -> {
            try (RemoteVolume volume = lava.volume("first")) {
                FileSystem session = volume.openSession("well behaved", ChangeListener.NONE);
                while (!enough.get()) {
                    String prefix = "round" + rounds.getAndIncrement() + "-";
                    LavaContent.write(session, prefix, 2);
                    LavaContent.assertHolds(session, prefix, 2);
                }
                session.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        withoutACertificate();
        ofAnotherNetwork();
        tokens();
        replays();
        frames();
        enough.set(true);
        good.get(TestLava.PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(rounds.get()).isPositive();
        try (VulcanoClient client = lava.operator()) {
            assertThat(client.check().total()).isZero();
        }
    }

    private void withoutACertificate() throws Exception {
        twice("it does not speak TLS", door -> {
            try (RawPeer peer = RawPeer.withoutTls(door)) {
                peer.send(RawPeer.hello(Signal.Purpose.ADMIN), 0);
                assertThat(peer.receive()).isNull();
            }
        });
        SSLContext nobody = RawPeer.tls(null);
        twice("has shown no certificate", door -> {
            try (RawPeer peer = RawPeer.over(nobody, door)) {
                peer.send(RawPeer.hello(Signal.Purpose.SESSION), 0);
                assertRefused(peer.receive(), Signal.Reason.IDENTITY);
                assertThat(peer.receive()).isNull();
            }
        });
    }

    private void ofAnotherNetwork() throws Exception {
        Authority other = Authority.create(UUID.randomUUID(), "lava", Instant::now);
        Principal spy = new Principal(other.network(), Role.OPERATOR, "spy", Claims.ANY, "");
        Path elsewhere = top.resolve("elsewhere");
        Identity.issue(other, spy, Instant.now()).save(elsewhere);
        SSLContext foreign = RawPeer.tls(elsewhere);
        twice("of another network", door -> {
            try (RawPeer peer = RawPeer.over(foreign, door)) {
                peer.send(RawPeer.hello(Signal.Purpose.ADMIN), 0);
                assertThat(peer.receive()).isNull();
            } catch (IOException handshake) {
                assertThat(handshake).isNotNull();
            }
        });
    }

    private void tokens() throws Exception {
        String text = lava.invite();
        Token token = Token.parse(text, Instant.now());
        byte[] guess = token.secret();
        guess[0] ^= 1;
        Token wrong =
                new Token(token.network(), token.id(), guess, token.fingerprint(), token.expires(), token.addresses());
        assertThatThrownBy(() -> join(wrong.text())).hasMessageContaining("no such invitation");
        assertThatThrownBy(() -> join(wrong.text())).isInstanceOf(RefusalException.class);
        assertNamedOnce("it may not join");
        Vulcano second = lava.join("second", VulcanoSettings::asWitness);
        assertThat(second.address()).isNotEmpty();
        String once;
        try (VulcanoClient operator = lava.operator("first")) {
            once = operator.inviteClient("alice", true, false, Duration.ofHours(1));
        }
        join(once);
        assertThatThrownBy(() -> join(once)).hasMessageContaining("was used");
        // The vulcano's clock counts, not the word of who comes.
        lava.moveClock(Duration.ofHours(2));
        Token late = Token.parse(text, Instant.now());
        try (RawPeer peer = RawPeer.over(RawPeer.tls(null), address)) {
            peer.send(RawPeer.hello(Signal.Purpose.JOIN), 0);
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            peer.send(
                    new AdminRequest.Join(
                            magma.identity.Applicant.create()
                                    .joinRequest(late, UUID.randomUUID().toString()),
                            false,
                            Build.LEVEL),
                    1);
            assertThat(peer.receive())
                    .isInstanceOfSatisfying(
                            Reply.Failure.class,
                            failure -> assertThat(failure.detail()).contains("expired"));
        }
        lava.moveClock(Duration.ofHours(-2));
    }

    private void join(String token) throws IOException {
        IdentityStore store = IdentityStore.in(top.resolve("home" + UUID.randomUUID()));
        Membership.Joined unused =
                Membership.join(token, "nobody", null, new Surroundings(lava.clock(), Build.LEVEL, () -> store));
    }

    /** A Hello where the connection is greeted already; and the bytes of another's handshake, which say nothing to whoever has not its keys. */
    private void replays() throws Exception {
        byte[] hello = RawPeer.frame(RawPeer.hello(Signal.Purpose.ADMIN), 0);
        twice("a Hello where none may be", door -> {
            try (RawPeer peer = RawPeer.over(member, door)) {
                peer.send(hello);
                assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
                peer.send(hello);
                assertThat(peer.receive()).isNull();
            }
        });
        byte[] recorded;
        try (Cable wire = new Cable(address);
                RawPeer peer = RawPeer.over(member, wire.address())) {
            peer.send(RawPeer.hello(Signal.Purpose.ADMIN), 0);
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            recorded = wire.recorded();
        }
        try (RawPeer peer = RawPeer.withoutTls(address)) {
            peer.send(recorded);
            peer.awaitEnd();
        }
    }

    private void frames() throws Exception {
        said.list.clear();
        int[] lengths = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 11, 8 << 20};
        for (int length : lengths) {
            try (RawPeer peer = RawPeer.over(member, address)) {
                peer.send(RawPeer.hello(Signal.Purpose.ADMIN), 0);
                assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
                byte[] frame = RawPeer.frame(new Signal.Ping(), 0);
                ByteBuffer.wrap(frame).putInt(0, length);
                peer.send(frame);
                assertThat(peer.receive())
                        .as("after a frame that claims %d bytes", length)
                        .isNull();
            }
        }
        byte[] malformed = RawPeer.frame(new AdminRequest.Locate(new byte[] {'/'}), 1);
        try (RawPeer peer = RawPeer.over(member, address)) {
            peer.send(RawPeer.hello(Signal.Purpose.ADMIN), 0);
            assertThat(peer.receive()).isInstanceOf(Signal.Welcome.class);
            byte[] cut = Arrays.copyOf(malformed, malformed.length - 1);
            ByteBuffer.wrap(cut).putInt(0, cut.length - 4);
            peer.send(cut);
            assertThat(peer.receive()).isNull();
        }
        assertThat(said.list.size()).isLessThanOrEqualTo(1);
    }

    private static void assertRefused(@Nullable Message message, Signal.Reason reason) {
        assertThat(message)
                .isInstanceOfSatisfying(
                        Signal.Refused.class,
                        refused -> assertThat(refused.reason()).isEqualTo(reason));
    }
}
