package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import magma.council.ratis.RatisCouncil;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.council.VotingRole;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.AdminClient;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.identity.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Founds the council of a network again, from what one vulcano saw of it last. That is for when most of those who voted are lost for good. Open, it keeps the vulcano from
 * starting.
 */
public final class CouncilRestore implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final DataDirectory directory;
    private final CouncilState state;
    private final VulcanoId self;

    private CouncilRestore(DataDirectory directory, CouncilState state) {
        this.directory = directory;
        this.state = state;
        this.self = new VulcanoId(directory.network().vulcano());
    }

    /**
     * What is known.
     *
     * @param seen when the vulcano saw the council last; null where that is not known
     * @param founding how many councils this network has had
     */
    public record Known(
            String network,
            String vulcano,
            @Nullable Instant seen,
            long version,
            long founding,
            List<VulcanoOf> vulcanos,
            SlicesOf slices) {}

    /**
     * A vulcano of the network.
     *
     * @param voted whether it was one of the council's voters
     * @param self whether it is the one on this data directory
     */
    public record VulcanoOf(String id, String address, String kind, boolean voted, boolean self) {}

    /**
     * The network's slices, by what this vulcano has of them.
     *
     * @param inSync it had all that was acknowledged, when it saw the council last
     * @param behind it was catching up
     * @param elsewhere it has nothing of them
     * @param needed vulcanos on which the slices are that it was not in sync with
     */
    public record SlicesOf(int inSync, int behind, int elsewhere, List<String> needed) {}

    /**
     * @param data of a vulcano that does not run
     * @throws RefusalException when there is no council in it, or the vulcano was expelled
     */
    public static CouncilRestore open(Path data) throws IOException {
        if (!DataDirectory.hasCouncil(data)) {
            throw new RefusalException(data + " has no council: it is of a vulcano alone, or no data directory");
        }
        DataDirectory directory = DataDirectory.open(data);
        try {
            CouncilState state = RatisCouncil.lastSeen(directory.council());
            VulcanoId self = new VulcanoId(directory.network().vulcano());
            Member member = state == null ? null : state.member(self);
            if (state == null || member == null) {
                throw new RefusalException(data + " holds nothing of the council yet: take another vulcano's");
            } else if (!member.joined()) {
                throw new RefusalException("the vulcano on " + data + " was expelled: take another one's");
            }
            return new CouncilRestore(directory, state);
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    public Known known() throws IOException {
        List<VulcanoOf> vulcanos = state.members().values().stream()
                .filter(Member::joined)
                .map(this::shown)
                .toList();
        return new Known(
                state.name(),
                self.toString(),
                RatisCouncil.lastSeenAt(directory.council()),
                state.version(),
                state.founding().number(),
                vulcanos,
                slices());
    }

    private VulcanoOf shown(Member member) {
        return new VulcanoOf(
                member.id().toString(),
                member.address(),
                member.kind().name().toLowerCase(java.util.Locale.ROOT),
                member.role() == VotingRole.VOTER,
                member.id().equals(self));
    }

    private SlicesOf slices() {
        int inSync = 0;
        int behind = 0;
        int elsewhere = 0;
        Set<String> needed = new TreeSet<>();
        for (SliceConfig config : state.slices().values()) {
            if (config.inSync().contains(self)) {
                inSync++;
                continue;
            } else if (config.replicas().contains(self)) {
                behind++;
            } else {
                elsewhere++;
            }
            config.inSync().forEach(id -> needed.add(id.toString()));
        }
        return new SlicesOf(inSync, behind, elsewhere, List.copyOf(needed));
    }

    /** Addresses of the other vulcanos that run now. */
    public List<String> running() throws IOException {
        Identity own = Identity.load(directory.identity());
        List<String> answering = new ArrayList<>();
        for (Member member : state.members().values()) {
            boolean other = member.joined() && !member.id().equals(self);
            if (other && !member.address().isEmpty() && answers(member.address(), own)) {
                answering.add(member.address());
            }
        }
        return answering;
    }

    private static boolean answers(String address, Identity own) throws IOException {
        RemoteSettings usual = RemoteSettings.of(NetAddress.parse(address), Identities.of(own));
        RemoteSettings soon = new RemoteSettings(
                usual.vulcano(), own.network(), PATIENCE, usual.patience(), usual.quiet(), usual.security());
        try {
            new AdminClient(soon, "council restore").close();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the other vulcanos were asked", e);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Which slices would have no replica left that was in sync.
     *
     * @param lost ids of vulcanos that will never come back
     * @throws IllegalArgumentException when one is no id, no vulcano of the network, or this one
     */
    public int slicesLost(List<String> lost) {
        Set<VulcanoId> gone = ids(lost);
        return (int) state.slices().values().stream()
                .filter(config -> gone.containsAll(config.inSync()))
                .count();
    }

    private Set<VulcanoId> ids(List<String> lost) {
        Set<VulcanoId> ids = new TreeSet<>();
        for (String text : lost) {
            VulcanoId id = new VulcanoId(UUID.fromString(text));
            Member member = state.member(id);
            if (member == null || !member.joined() || id.equals(self)) {
                throw new IllegalArgumentException(text + " is no other vulcano of this network");
            }
            ids.add(id);
        }
        return ids;
    }

    /**
     * Durable on return: the next start of this vulcano founds the council, and all others follow it.
     *
     * @param lost ids of vulcanos that will never come back, which are expelled
     */
    public void restore(List<String> lost) throws IOException {
        RatisCouncil.prepareRestore(directory.council(), self, ids(lost));
    }

    /** Lets the vulcano start. */
    @Override
    public void close() throws IOException {
        directory.close();
    }
}
