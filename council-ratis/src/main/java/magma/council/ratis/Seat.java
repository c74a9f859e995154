package magma.council.ratis;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus.OwnRole;
import magma.dht.council.Founding;
import magma.dht.replication.VulcanoId;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.impl.ClientProtoUtils;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/** A voter's place in the consensus: Ratis's server, its log on disk, and what is asked of it. */
final class Seat implements AutoCloseable {
    /**
     * A follower that heard nothing from the leader for this long asks to be elected; each time for a random time up to {@link #ELECTION_MAX_MILLIS}, so that seldom two
     * ask at once. The leader sends beacons twice as often. A leader that a majority has not answered for the longest time steps down, which must not happen because a
     * machine is busy; and each beacon costs. A slice whose primary was not heard goes to another after 3 s, and the council is to have a leader by then; where a process is known to
     * be dead nobody waits for this.
     */
    static final int ELECTION_MIN_MILLIS = 400;

    static final int ELECTION_MAX_MILLIS = 800;

    /** A log entry may be this long; the buffer that Ratis writes through is a little longer. */
    private static final int ENTRY_BYTES = 4 << 20;

    static final int SNAPSHOT_AFTER_ENTRIES = 1024;
    private static final Duration HANDOVER_TIMEOUT = Duration.ofSeconds(1);

    private final VulcanoId self;
    private final Founding founding;
    private final RaftGroupId group;
    private final RaftServer server;
    private final RaftServer.Division division;
    private final Machine machine;
    private final LogNames names;
    private final ClientId client = ClientId.randomId();
    private final AtomicLong calls = new AtomicLong();

    private Seat(VulcanoId self, Founding founding, RaftServer server, Machine machine, LogNames names)
            throws IOException {
        this.self = self;
        this.founding = founding;
        this.group = RaftGroupId.valueOf(founding.group());
        this.server = server;
        this.machine = machine;
        this.names = names;
        this.division = server.getDivision(group);
    }

    /** Where the log of a council is. Each has a directory of its own, since Ratis opens every log that it finds. */
    static Path directory(Path logs, Founding founding) {
        return logs.resolve(founding.group().toString());
    }

    /** The names of the files of the log of that council, whether there is one or not. */
    static LogNames names(Path council, Founding founding) {
        Path logs = logs(council);
        Path log = directory(logs, founding);
        return new LogNames(council, logs, log, log.resolve(founding.group().toString()));
    }

    /** The directory of all logs. */
    static Path logs(Path council) {
        return council.resolve("log");
    }

    /**
     * Starts the server, on the log that is there or on a new one.
     *
     * @param council the directory of the council
     * @param voters who votes when the log is new; empty for one who is going to be taken in
     */
    static Seat take(
            VulcanoId self,
            Path council,
            Founding founding,
            Collection<VulcanoId> voters,
            PeerLink link,
            Machine.Listener listener)
            throws IOException {
        RaftGroupId group = RaftGroupId.valueOf(founding.group());
        Path log = Files.createDirectories(directory(logs(council), founding));
        LogNames names = names(council, founding);
        Machine machine = new Machine(new Machine.Listener() {
            @Override
            public void applied(long index, @Nullable CouncilState state) {
                names.demandSync();
                listener.applied(index, state);
            }

            @Override
            public void leadershipChanged() {
                listener.leadershipChanged();
            }
        });
        RaftServer server = RaftServer.newBuilder()
                .setServerId(RaftMessages.peer(self))
                .setGroup(RaftGroup.valueOf(group, peers(voters)))
                .setStateMachineRegistry(id -> machine)
                .setProperties(properties(log.toFile()))
                .setParameters(CouncilRpcType.parameters(link, names))
                .setOption(names.hasLog() ? RaftStorage.StartupOption.RECOVER : RaftStorage.StartupOption.FORMAT)
                .build();
        try {
            server.start();
            names.syncAll();
            return new Seat(self, founding, server, machine, names);
        } catch (IOException | CompletionException e) {
            server.close();
            throw new IOException("the council's log in " + log + " cannot be opened", e);
        }
    }

    private static RaftProperties properties(File log) {
        RaftProperties p = new RaftProperties();
        RaftConfigKeys.Rpc.setType(p, new CouncilRpcType());
        RaftServerConfigKeys.setStorageDir(p, List.of(log));
        timing(p);
        RaftServerConfigKeys.Log.setSegmentSizeMax(p, SizeInBytes.valueOf(1 << 20));
        RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf(64 << 10));
        RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(ENTRY_BYTES + 64L));
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
        RaftServerConfigKeys.Log.setPurgeGap(p, SNAPSHOT_AFTER_ENTRIES / 2);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(p, true);
        RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf(ENTRY_BYTES));
        RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(p, SizeInBytes.valueOf(1 << 20));
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, true);
        RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(p, SNAPSHOT_AFTER_ENTRIES);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(p, 2);
        RaftServerConfigKeys.Read.setOption(p, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
        RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(p, true);
        return p;
    }

    private static void timing(RaftProperties p) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(ELECTION_MIN_MILLIS));
        RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(ELECTION_MAX_MILLIS));
        RaftServerConfigKeys.Rpc.setSlownessTimeout(p, millis(60_000));
        RaftServerConfigKeys.setStagingTimeout(p, millis(3_000));
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, millis(1_000));
        // A machine that slept must not close its council for it.
        RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(3650, TimeUnit.DAYS));
        RaftServerConfigKeys.RetryCache.setExpiryTime(p, millis(5_000));
        RaftServerConfigKeys.Read.setTimeout(p, millis(5_000));
    }

    private static TimeDuration millis(long millis) {
        return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
    }

    private static List<RaftPeer> peers(Collection<VulcanoId> voters) {
        return voters.stream()
                .map(voter ->
                        RaftPeer.newBuilder().setId(RaftMessages.peer(voter)).build())
                .toList();
    }

    Founding founding() {
        return founding;
    }

    Machine machine() {
        return machine;
    }

    boolean leads() {
        return division.getInfo().isLeader();
    }

    /** Leads, and knows all that was decided before. */
    boolean leadsReady() {
        return division.getInfo().isLeaderReady();
    }

    /** A disk that was full for a moment has closed the log for good, or broken it, though the server lives on. */
    boolean alive() {
        if (machine.isLogBroken()) {
            return false;
        }
        try {
            Object unused = log().getLastEntryTermIndex();
            return division.getInfo().isAlive();
        } catch (IllegalStateException e) {
            return false;
        }
    }

    RaftLog log() {
        return division.getRaftLog();
    }

    @Nullable
    VulcanoId leader() {
        RaftPeerId leader = division.getInfo().getLeaderId();
        return leader == null ? null : RaftMessages.vulcano(leader);
    }

    long term() {
        return division.getInfo().getCurrentTerm();
    }

    SortedSet<VulcanoId> voters() {
        SortedSet<VulcanoId> voters = new TreeSet<>();
        for (RaftPeer peer : division.getRaftConf().getCurrentPeers()) {
            voters.add(RaftMessages.vulcano(peer.getId()));
        }
        return voters;
    }

    OwnRole role() {
        if (!alive()) {
            return OwnRole.CLOSED;
        }
        if (!voters().contains(self)) {
            return OwnRole.LEARNER;
        }
        return switch (division.getInfo().getCurrentRole()) {
            case LEADER -> OwnRole.LEADER;
            case CANDIDATE -> OwnRole.CANDIDATE;
            default -> OwnRole.FOLLOWER;
        };
    }

    /** A message of another voter's server. */
    byte[] receive(VulcanoId from, Messages.Request message) throws IOException {
        try {
            return RaftMessages.receive(server, names, from, message);
        } catch (CompletionException e) {
            throw new IOException(e.getCause() == null ? e : e.getCause());
        }
    }

    /**
     * Has an entry committed and applied, when this one leads.
     *
     * @return what the machine answered
     * @throws IOException when it does not lead, or no majority answered in time: the entry may or may not be applied
     */
    byte[] submit(byte[] entry, Duration timeout) throws IOException {
        RaftClientRequest request = request(RaftClientRequest.writeRequestType())
                .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
                .build();
        return await(server.submitClientRequestAsync(request), timeout)
                .getMessage()
                .getContent()
                .toByteArray();
    }

    /**
     * Waits until all that was decided before is applied here, when this one leads.
     *
     * @throws IOException when it does not lead, or no majority answered in time
     */
    void confirmLeadership(Duration timeout) throws IOException {
        await(
                server.submitClientRequestAsync(request(RaftClientRequest.readRequestType())
                        .setMessage(Message.EMPTY)
                        .build()),
                timeout);
    }

    private RaftClientRequest.Builder request(RaftClientRequest.Type type) {
        return RaftClientRequest.newBuilder()
                .setClientId(client)
                .setServerId(server.getId())
                .setGroupId(group)
                .setCallId(calls.incrementAndGet())
                .setType(type);
    }

    /**
     * Changes who votes, when this one leads. Those who are new must have taken their seats.
     *
     * @throws IOException when it does not lead, or somebody did not come up in time; asking again does no harm
     */
    void setVoters(Collection<VulcanoId> voters, Duration timeout) throws IOException {
        SetConfigurationRequest.Arguments arguments = SetConfigurationRequest.Arguments.newBuilder()
                .setServersInNewConf(peers(voters))
                .setMode(SetConfigurationRequest.Mode.SET_UNCONDITIONALLY)
                .build();
        await(
                server.setConfigurationAsync(
                        new SetConfigurationRequest(client, server.getId(), group, calls.incrementAndGet(), arguments)),
                timeout);
    }

    /**
     * Asks to be elected at once, because the leader is known to be dead.
     *
     * @return whether it does
     */
    boolean replaceLeader(VulcanoId dead) throws IOException {
        RaftPeerId deadPeer = RaftMessages.peer(dead);
        TermIndex last = division.getRaftLog().getLastEntryTermIndex();
        RaftPeerId leader = division.getInfo().getLeaderId();
        if ((leader != null && !deadPeer.equals(leader)) || last == null) {
            return false;
        }
        StartLeaderElectionRequestProto request = StartLeaderElectionRequestProto.newBuilder()
                .setServerRequest(ClientProtoUtils.toRaftRpcRequestProtoBuilder(
                        RaftGroupMemberId.valueOf(deadPeer, group), server.getId()))
                .setLeaderLastEntry(last.toProto())
                .build();
        return server.startLeaderElection(request).getServerReply().getSuccess();
    }

    /** Gives the lead to another voter, when this one leads and there is one that can. Takes a second for each that cannot, of which two are tried. */
    void handOver() {
        List<VulcanoId> others = new ArrayList<>(voters());
        others.remove(self);
        for (VulcanoId voter : others.subList(0, leads() ? Math.min(2, others.size()) : 0)) {
            try {
                await(
                        server.transferLeadershipAsync(new TransferLeadershipRequest(
                                client,
                                server.getId(),
                                group,
                                calls.incrementAndGet(),
                                RaftMessages.peer(voter),
                                HANDOVER_TIMEOUT.toMillis())),
                        HANDOVER_TIMEOUT);
                return;
            } catch (IOException e) {
                // It may be down; another may not.
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
            }
        }
    }

    private static RaftClientReply await(CompletableFuture<RaftClientReply> reply, Duration timeout)
            throws IOException {
        try {
            RaftClientReply done = reply.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (!done.isSuccess()) {
                throw new IOException(String.valueOf(done.getException()), done.getException());
            }
            return done;
        } catch (InterruptedException e) {
            throw CouncilRpcType.interrupted();
        } catch (TimeoutException e) {
            throw new IOException("no majority of the council within " + timeout.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause() == null ? e : e.getCause());
        }
    }

    /** A majority may go on without it. What is under way fails. */
    @Override
    public void close() throws IOException {
        server.close();
    }
}
