package magma.dht.wire;

import java.util.List;
import java.util.UUID;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.fs.ChangeListener.Change;
import magma.fs.Key;

/** What keeps a connection: its beginning, life and notifications. */
public sealed interface Signal extends Message {
    /** The first four bytes of every Hello's body: "MAGM". */
    int MAGIC = 0x4D41474D;

    /** The feature level from which on a session that its client has named goes on at another vulcano. */
    int CONTINUING = 1;

    /** The feature level from which on a vulcano tells whether a session has a lock still, see {@link TreeRequest.HoldsLock}. */
    int HELD_LOCKS = 2;

    /** The longest text in any signal, in bytes. */
    int TEXT_BYTES = 1024;

    /** What the client is here for. */
    enum Purpose {
        /** Calls of fs-api: the connection is a session. */
        SESSION,
        /** Administration. */
        ADMIN,
        /** A vulcano to another: requests for slices, replication, the council. */
        PEER,
        /** A vulcano to another, on behalf of a session that it serves. */
        RELAY,
        /** Somebody with a token and no certificate, to become a member. */
        JOIN
    }

    /**
     * The client's first frame.
     *
     * @param features the highest feature level that the client knows
     * @param network the network that the client must reach; all zero for any
     * @param client who it is, for people; of a peer, its id
     * @param session names the session at all vulcanos; all zero where there is none
     * @param generation grows each time the session goes on at another vulcano
     */
    record Hello(int features, UUID network, Purpose purpose, String client, UUID session, long generation)
            implements Signal {
        /** For a client that takes any network. */
        public static final UUID ANY_NETWORK = new UUID(0, 0);

        /** For a client without a session. */
        public static final UUID NO_SESSION = new UUID(0, 0);

        /** Without a session. */
        public Hello(int features, UUID network, Purpose purpose, String client) {
            this(features, network, purpose, client, NO_SESSION, 0);
        }
    }

    /**
     * The vulcano's answer to a Hello that it accepts.
     *
     * @param features the level that both know; what came later is not used on this connection
     * @param vulcano drawn anew at each start of the process
     * @param boot the boot id of the machine
     * @param root the directory at the top
     * @param requests how many requests the client may have under way; waiting locks do not count
     * @param bytes how many bytes of frames it may have under way
     */
    record Welcome(int features, UUID network, UUID vulcano, UUID boot, Key root, int requests, int bytes)
            implements Signal {}

    /** Why a connection is refused. */
    enum Reason {
        /** Another version of the protocol. */
        VERSION,
        /** Another network. */
        NETWORK,
        /** No Magma peer, or one that breaks the protocol. */
        PROTOCOL,
        /** Too many sessions. */
        BUSY,
        /** The vulcano is stopping. */
        STOPPING,
        /** No certificate, or one that is not good here. */
        IDENTITY,
        /** A certificate that was revoked: it will never be good again. A vulcano that hears it was expelled. */
        REVOKED
    }

    /**
     * The vulcano's answer to a Hello that it does not accept, after which it closes the connection.
     *
     * @param lowest the lowest version that it speaks
     * @param highest the highest
     * @param detail for people
     */
    record Refused(Reason reason, int lowest, int highest, String detail) implements Signal {}

    /** Withdraws the request with this frame's id, if it is still under way; its reply comes in any case. */
    record Cancel() implements Signal {}

    /**
     * Vulcano to client: something changed. Comes before the reply to the call that changed it.
     *
     * @param sequence 1 for the connection's first, then one more each
     */
    record Changed(long sequence, Change change) implements Signal {}

    /** Client to vulcano: its listener has returned from all changes up to {@code sequence}. */
    record ChangesSeen(long sequence) implements Signal {}

    /** One vulcano to another: what replicas say to each other. Lost with the connection. */
    record Replicate(List<OfSlice> messages) implements Signal {
        /** To the replica of one slice. */
        public record OfSlice(long slice, ReplicationMessage<Payload> message) {}

        public Replicate {
            messages = List.copyOf(messages);
        }
    }

    /** Either side, when it has heard nothing for a while. */
    record Ping() implements Signal {}

    /** The answer to a Ping. */
    record Pong() implements Signal {}
}
