package magma.vulcano;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Result;
import magma.dht.transport.netty.NetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a vulcano that starts tells the council that this process runs, and where. */
final class Arrival {
    private static final Logger log = LoggerFactory.getLogger(Arrival.class);

    private final NodeParts parts;
    private final Council council;
    private final Expulsion expulsion;

    Arrival(NodeParts parts, Council council, Expulsion expulsion) {
        this.parts = parts;
        this.council = council;
        this.expulsion = expulsion;
    }

    /**
     * Blocks until the council has heard it.
     *
     * @return what the council says now
     * @throws RefusalException when the network does not want this vulcano
     */
    CouncilState announce(NetAddress address) throws IOException {
        CouncilCommand started = new CouncilCommand.MemberStarted(
                new CommandId(UUID.randomUUID()),
                parts.self(),
                parts.incarnation(),
                address.toString(),
                Build.VERSION,
                parts.level());
        boolean told = false;
        while (true) {
            expulsion.learn(council.state());
            expulsion.check();
            try {
                Result result = council.propose(started).get();
                if (result instanceof Result.Conflict conflict) {
                    throw new RefusalException("the network does not take this vulcano: " + conflict.reason());
                }
                return council.read().get();
            } catch (ExecutionException e) {
                if (!told) {
                    told = true;
                    log.warn("The council does not answer yet; waiting for most of its members");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the council was asked", e);
            }
        }
    }
}
