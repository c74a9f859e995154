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
    private static final String NAMES = "magma.council.names";

    @Override
    public String name() {
        return CouncilRpcType.class.getName();
    }

    @Override
    public ServerFactory newFactory(Parameters parameters) {
        PeerLink link = parameters.get(LINK, PeerLink.class);
        LogNames names = parameters.get(NAMES, LogNames.class);
        if (link == null || names == null) {
            throw new IllegalArgumentException("no link for the council's messages, or no log");
        }
        return new Factory(this, link, names);
    }

    /** @param names of the files of the log that the server will have */
    static Parameters parameters(PeerLink link, LogNames names) {
        Parameters parameters = new Parameters();
        parameters.put(LINK, link, PeerLink.class);
        parameters.put(NAMES, names, LogNames.class);
        return parameters;
    }

    /** As the exception that Ratis takes as a wish to stop. */
    static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted");
    }

    private record Factory(CouncilRpcType type, PeerLink link, LogNames names) implements ServerFactory {
        @Override
        public RpcType getRpcType() {
            return type;
        }

        @Override
        public RaftServerRpc newRaftServerRpc(RaftServer server) {
            return new RaftMessages(type, link, names);
        }

        @Override
        public LogAppender newLogAppender(RaftServer.Division server, LeaderState state, FollowerInfo follower) {
            return new Appender(server, state, follower, link);
        }
    }
}
