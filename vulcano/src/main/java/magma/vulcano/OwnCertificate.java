package magma.vulcano;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.council.CouncilState;
import magma.identity.Applicant;
import magma.identity.Identity;
import magma.identity.NetworkSecret;
import magma.identity.SealedAuthority;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A vulcano's own certificate: the council knows it, and it is renewed when two thirds of its life are over. */
final class OwnCertificate implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OwnCertificate.class);
    private static final long LOOK_MINUTES = 60;
    private static final long FIRST_SECONDS = 5;

    private final Path directory;
    private final AtomicReference<Identity> identity;
    private final NetworkDesk desk;
    private final Surroundings around;
    private final ScheduledExecutorService looks =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("magma-certificate", true));

    /** @param directory of the identity */
    OwnCertificate(Path directory, AtomicReference<Identity> identity, NetworkDesk desk, Surroundings around) {
        this.directory = directory;
        this.identity = identity;
        this.desk = desk;
        this.around = around;
    }

    /** From now on looks by itself, soon for the first time. */
    void start() {
        Future<?> first = looks.schedule(this::look, FIRST_SECONDS, TimeUnit.SECONDS);
        Future<?> others = looks.scheduleWithFixedDelay(this::look, LOOK_MINUTES, LOOK_MINUTES, TimeUnit.MINUTES);
        log.trace("{} {}", first, others);
    }

    /** Does what is due. What fails is tried again the next time: there is a month for it. */
    synchronized void look() {
        Identity now = Objects.requireNonNull(identity.get());
        try {
            if (!desk.isNoted(now.principal().serial())) {
                desk.note(now.principal(), now.expires());
            }
            if (now.isDueForRenewal(around.clock().instant())) {
                Applicant applicant = Applicant.create();
                Identity next = applicant.renewed(desk.renew(now.principal(), applicant.renewRequest()), now);
                next.save(directory);
                identity.set(next);
                log.info("This vulcano's certificate was renewed; it is good until {}", next.expires());
            }
        } catch (IOException | RuntimeException e) {
            log.warn(
                    "This vulcano's certificate, good until {}, could not be looked after; trying again in an hour: {}",
                    now.expires(),
                    e.getMessage());
        }
    }

    /**
     * For a vulcano that was off until its certificate had expired: it opens the authority itself.
     *
     * @param known what the vulcano saw of the council last
     */
    static Identity again(Identity expired, CouncilState known, NetworkSecret secret, Surroundings around)
            throws IOException {
        log.info("This vulcano's certificate expired at {}: it certifies itself", expired.expires());
        return Identity.issue(
                SealedAuthority.ofBytes(known.authority()).open(secret),
                expired.principal().withSerial(""),
                around.clock().instant());
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
