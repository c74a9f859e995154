package magma.council.ratis;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.rpc.RpcType;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.apache.ratis.server.ServerFactory;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppender;

/** Tells Ratis to send its messages through a {@link PeerLink}. Ratis makes one by the class's name. */
public final class CouncilRpcType implements RpcType {
    private static final String LINK = "magma.council.link";

    @Override
    public String name() {
        return CouncilRpcType.class.getName();
    }

    @Override
    public ServerFactory newFactory(Parameters parameters) {
        PeerLink link = parameters.get(LINK, PeerLink.class);
        if (link == null) {
            throw new IllegalArgumentException("no link for the council's messages");
        }
        return new Factory(this, link);
    }

    static Parameters parameters(PeerLink link) {
        Parameters parameters = new Parameters();
        parameters.put(LINK, link, PeerLink.class);
        return parameters;
    }

    /** As the exception that Ratis takes as a wish to stop. */
    static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    private record Factory(CouncilRpcType type, PeerLink link) implements ServerFactory {
        @Override
        public RpcType getRpcType() {
            return type;
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer server) {
            return new RaftMessages(type, link);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            return new Appender(server, state, follower, link);
        }
    }
}
