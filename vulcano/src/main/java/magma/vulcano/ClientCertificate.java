package magma.vulcano;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.TransportSecurity;
import magma.identity.Applicant;
import magma.identity.Identity;
import magma.identity.KeptIdentity;
import magma.identity.TlsContexts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A person's certificate for one network, as one process uses it: renewed at a vulcano when two thirds of its life are over. */
final class ClientCertificate implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ClientCertificate.class);
    private static final long LOOK_MINUTES = 60;

    private final KeptIdentity kept;
    private final String address;
    private final InstantSource clock;
    private final ScheduledExecutorService looks =
            Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("magma-certificate", true));
    private volatile Identity identity;

    private ClientCertificate(KeptIdentity kept, String address, InstantSource clock) throws IOException {
        this.kept = kept;
        this.address = address;
        this.clock = clock;
        this.identity = kept.identity();
    }

    /**
     * The certificate that is kept there, renewed where that is due and can be done.
     *
     * @param address HOST:PORT of a vulcano of that network
     * @throws RefusalException when it has expired
     */
    static ClientCertificate of(KeptIdentity kept, String address, InstantSource clock) throws IOException {
        ClientCertificate certificate = new ClientCertificate(kept, address, clock);
        certificate.look();
        Identity now = certificate.identity;
        if (now.isExpired(clock.instant())) {
            certificate.close();
            throw new RefusalException("the certificate of " + now + " expired at " + now.expires()
                    + ", so it cannot renew itself any more. Ask an operator for a token (magma invite --client "
                    + now.principal().name() + ", or --operator) and join with it: magma join --token -");
        }
        return certificate;
    }

    /** For a process that stays: looks every hour. */
    ClientCertificate staying() {
        Future<?> unused = looks.scheduleWithFixedDelay(this::look, LOOK_MINUTES, LOOK_MINUTES, TimeUnit.MINUTES);
        return this;
    }

    TransportSecurity security() {
        return new TlsContexts(() -> identity, member -> false, clock);
    }

    Identity identity() {
        return identity;
    }

    /** Does what is due. Another process of this user may have done it, or be at it. */
    synchronized void look() {
        if (!isDue(identity)) {
            return;
        }
        try (FileChannel file = FileChannel.open(kept.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            if (lock == null) {
                return;
            }
            Identity latest = kept.identity();
            identity = isDue(latest) ? renewed(latest) : latest;
        } catch (OverlappingFileLockException e) {
            log.debug("Another is renewing the certificate", e);
        } catch (IOException e) {
            log.info(
                    "The certificate of {}, good until {}, could not be renewed yet: {}",
                    identity,
                    identity.expires(),
                    e.getMessage());
        }
    }

    private boolean isDue(Identity held) {
        return held.isDueForRenewal(clock.instant()) && !held.isExpired(clock.instant());
    }

    private Identity renewed(Identity before) throws IOException {
        Applicant applicant = Applicant.create();
        TransportSecurity security = new TlsContexts(() -> before, member -> false, clock);
        RemoteSettings settings = RemoteSettings.of(NetAddress.parse(address), security);
        try (AdminClient client = new AdminClient(settings, "renewal")) {
            Identity next = applicant.renewed(client.renew(applicant.renewRequest()), before);
            kept.renew(next);
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the certificate was renewed", e);
        }
    }

    @Override
    public void close() {
        looks.shutdownNow();
    }
}
