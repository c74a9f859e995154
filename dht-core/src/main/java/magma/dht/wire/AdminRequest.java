package magma.dht.wire;

import magma.dht.identity.Invitation;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;

/** What an operator asks of a vulcano; on connections for {@link Signal.Purpose#ADMIN} only. */
@SuppressWarnings("ArrayRecordComponent")
public sealed interface AdminRequest extends Request {
    /** The longest path asked for (PATH_MAX). */
    int PATH_BYTES = 4096;

    /** Answered by {@link Reply.StatusOf}. */
    record GetStatus() implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /** Ends the vulcano in order. Answered by {@link Reply.Done} before it begins. */
    record Stop() implements AdminRequest {}

    /** Checks the namespace. Answered by {@link Reply.Findings}. */
    record CheckNamespace() implements AdminRequest {}

    /** Compares the replicas of every slice. Answered by {@link Reply.Findings}. */
    record CompareReplicas() implements AdminRequest {}

    /**
     * Which keys and slices a path leads to. Answered by {@link Reply.Places}.
     *
     * @param path from the root, '/' between names
     */
    record Locate(byte[] path) implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /** Makes all durable. Answered by {@link Reply.Done}. */
    record FlushAll() implements AdminRequest {}

    /** How the network is. Answered by {@link Reply.LavaOf}. */
    record GetLava() implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /**
     * Makes a token. Answered by {@link Reply.Text}, the token.
     *
     * @param seconds for how long it is good
     */
    record Invite(Invitation invitation, long seconds) implements AdminRequest {}

    /**
     * Certificates are worth nothing any more. Answered by {@link Reply.Amount}: how many.
     *
     * @param holder the serial number of one, or the name of a client or operator, of whom it is all
     */
    record Revoke(String holder) implements AdminRequest {
        /** The longest, in bytes. */
        public static final int TEXT_BYTES = 256;
    }

    /** Which certificates the network's authority has signed. Answered by {@link Reply.CertificatesOf}. */
    record GetCertificates() implements AdminRequest {
        @Override
        public boolean isLook() {
            return true;
        }
    }

    /** A vulcano leaves for ever. Answered by {@link Reply.Done}. */
    record Expel(VulcanoId vulcano) implements AdminRequest {}

    /**
     * Makes the sender a member; on connections for {@link Signal.Purpose#JOIN} only. Answered by {@link Reply.Joined}.
     *
     * @param witness whether a vulcano is to vote and to store nothing; nothing for others
     * @param level the feature level that a vulcano can run at; nothing for others
     */
    record Join(JoinRequest request, boolean witness, int level) implements AdminRequest {}

    /** A new certificate in place of the one that the connection has shown. Answered by {@link Reply.Renewed}. */
    record Renew(RenewRequest request) implements AdminRequest {}
}
