package magma.council.ratis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import magma.dht.replication.VulcanoId;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionReplyProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.thirdparty.com.google.protobuf.AbstractMessageLite;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/** What Ratis's servers say to each other, as opaque bytes over the council's own transport. There is no port and no address. */
final class RaftMessages implements RaftServerRpc {
    /** A beacon that takes longer is worth nothing. */
    private static final Duration BEACON_TIMEOUT = Duration.ofMillis(Seat.ELECTION_MAX_MILLIS);

    private static final Duration VOTE_TIMEOUT = Duration.ofMillis(Seat.ELECTION_MAX_MILLIS);
    private static final Duration APPEND_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SNAPSHOT_TIMEOUT = Duration.ofSeconds(20);

    /** Ratis wants one; it names nothing. */
    private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("council", 0);

    private final RpcType type;
    private final PeerLink link;
    private final LogNames names;

    RaftMessages(RpcType type, PeerLink link, LogNames names) {
        this.type = type;
        this.link = link;
        this.names = names;
    }

    static RaftPeerId peer(VulcanoId id) {
        return RaftPeerId.valueOf(id.uuid().toString());
    }

    /** @throws IllegalArgumentException when the peer is no vulcano */
    static VulcanoId vulcano(RaftPeerId id) {
        return new VulcanoId(UUID.fromString(id.toString()));
    }

    @Override
    public RequestVoteReplyProto requestVote(RequestVoteRequestProto request) throws IOException {
        // It votes for itself.
        names.sync();
        return RequestVoteReplyProto.parseFrom(send(request.getServerRequest(), Messages.VOTE, request, VOTE_TIMEOUT));
    }

    @Override
    public AppendEntriesReplyProto appendEntries(AppendEntriesRequestProto request) throws IOException {
        boolean isBeacon = request.getEntriesCount() == 0;
        if (!isBeacon) {
            names.sync();
        }
        Duration timeout = isBeacon ? BEACON_TIMEOUT : APPEND_TIMEOUT;
        return AppendEntriesReplyProto.parseFrom(send(request.getServerRequest(), Messages.APPEND, request, timeout));
    }

    @Override
    public InstallSnapshotReplyProto installSnapshot(InstallSnapshotRequestProto request) throws IOException {
        return InstallSnapshotReplyProto.parseFrom(
                send(request.getServerRequest(), Messages.SNAPSHOT, request, SNAPSHOT_TIMEOUT));
    }

    @Override
    public StartLeaderElectionReplyProto startLeaderElection(StartLeaderElectionRequestProto request)
            throws IOException {
        return StartLeaderElectionReplyProto.parseFrom(
                send(request.getServerRequest(), Messages.ELECT, request, VOTE_TIMEOUT));
    }

    private byte[] send(RaftRpcRequestProto head, int kind, AbstractMessageLite<?, ?> request, Duration timeout)
            throws IOException {
        VulcanoId to = vulcano(RaftPeerId.valueOf(head.getReplyId()));
        return link.fetch(to, kind, request.toByteArray(), timeout);
    }

    /**
     * Hands a message of another server to the own one. What the answer says is durable, but for a beacon's, which nobody waits for a disk for.
     *
     * @param names of the files of the own one's log
     * @throws IOException when the server cannot answer, or the message says that it comes from another than {@code from}
     */
    static byte[] receive(RaftServer server, LogNames names, VulcanoId from, Messages.Request message)
            throws IOException {
        byte[] content = message.content();
        switch (message.kind()) {
            case Messages.VOTE -> {
                RequestVoteRequestProto vote = RequestVoteRequestProto.parseFrom(content);
                check(from, vote.getServerRequest());
                byte[] answer = server.requestVote(vote).toByteArray();
                names.sync();
                return answer;
            }
            case Messages.APPEND -> {
                AppendEntriesRequestProto append = AppendEntriesRequestProto.parseFrom(content);
                check(from, append.getServerRequest());
                byte[] answer = server.appendEntries(append).toByteArray();
                if (append.getEntriesCount() > 0) {
                    names.sync();
                }
                return answer;
            }
            case Messages.SNAPSHOT -> {
                InstallSnapshotRequestProto snapshot = InstallSnapshotRequestProto.parseFrom(content);
                check(from, snapshot.getServerRequest());
                byte[] answer = server.installSnapshot(snapshot).toByteArray();
                names.syncAll();
                return answer;
            }
            case Messages.ELECT -> {
                StartLeaderElectionRequestProto elect = StartLeaderElectionRequestProto.parseFrom(content);
                check(from, elect.getServerRequest());
                return server.startLeaderElection(elect).toByteArray();
            }
            default -> throw new IOException("no message of the consensus has the kind " + message.kind());
        }
    }

    private static void check(VulcanoId from, RaftRpcRequestProto head) throws IOException {
        ByteString claimed = head.getRequestorId();
        if (!RaftPeerId.valueOf(claimed).equals(peer(from))) {
            throw new IOException(from + " speaks as " + claimed.toStringUtf8());
        }
    }

    @Override
    public void addRaftPeers(Collection<RaftPeer> peers) {
        // The transport knows where they are.
    }

    @Override
    public void handleException(RaftPeerId serverId, Exception e, boolean reconnect) {
        // The transport connects again by itself.
    }

    @Override
    public RpcType getRpcType() {
        return type;
    }

    @Override
    public void start() {
        // Messages come through RatisCouncil.handle.
    }

    @Override
    public InetSocketAddress getInetSocketAddress() {
        return NOWHERE;
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
