package magma.dht.council;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/**
 * A change of what the council holds. It either happens as a whole or is refused with a reason ({@link Result.Conflict}); only {@link ChangeSlices} and
 * {@link Place} are decided slice by slice. A command that comes again under the same {@link CommandId} has the result it had before, as long as that is among the last
 * {@link CouncilState#REMEMBERED}.
 */
public sealed interface CouncilCommand {
    CommandId id();

    default byte[] encode() {
        return CommandCodec.encode(this);
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no command */
    static CouncilCommand decode(byte[] bytes) {
        return CommandCodec.decode(bytes);
    }

    /**
     * Replicas' own wishes, by slice number: compare-and-set on the epoch, each for itself. Result: {@link Result.SlicesChanged}.
     *
     * @param next a later word than the current one by exactly one epoch, with a primary that was in sync and the same replicas
     */
    record ChangeSlices(CommandId id, SortedMap<Long, SliceConfig> next) implements CouncilCommand {
        public ChangeSlices {
            next = Collections.unmodifiableSortedMap(new TreeMap<>(next));
        }
    }

    /** A vulcano joins. Refused when the id was ever used. */
    record AddMember(CommandId id, Member member) implements CouncilCommand {}

    /**
     * A vulcano leaves for ever. It is removed from every slice that it does not hold alone; where it was primary another in sync takes over.
     *
     * @param how {@link MemberState#LEFT} or {@link MemberState#EXPELLED}
     * @param serials of its certificates, which are revoked
     */
    record ExpelMember(CommandId id, VulcanoId member, MemberState how, SortedSet<String> serials)
            implements CouncilCommand {
        public ExpelMember {
            serials = Collections.unmodifiableSortedSet(new TreeSet<>(serials));
            if (how == MemberState.JOINED) {
                throw new IllegalArgumentException("expelled members are not joined");
            }
        }
    }

    /** A vulcano's process runs: a new one, or one that was thought dead and is not. Refused when a later one has started. */
    record MemberStarted(
            CommandId id, VulcanoId member, long incarnation, String address, String version, int featureLevel)
            implements CouncilCommand {}

    /** A vulcano's process has ended or is silent. Refused when another has started since. */
    record MemberDied(CommandId id, VulcanoId member, long incarnation) implements CouncilCommand {}

    /** How much a vulcano can hold and how much of that is free. */
    record ReportSpace(CommandId id, VulcanoId member, long capacityBytes, long freeBytes) implements CouncilCommand {}

    /**
     * Where slices shall be, by slice number, each for itself. Refused for a slice when the primary is not among the replicas, a new one is no storing member, or one in
     * sync would go before enough others are in sync. Result: {@link Result.SlicesChanged}.
     */
    record Place(CommandId id, SortedMap<Long, SortedSet<VulcanoId>> replicas) implements CouncilCommand {
        public Place {
            TreeMap<Long, SortedSet<VulcanoId>> copy = new TreeMap<>();
            replicas.forEach((slice, ids) -> copy.put(slice, Collections.unmodifiableSortedSet(new TreeSet<>(ids))));
            replicas = Collections.unmodifiableSortedMap(copy);
        }
    }

    /** Which members vote, as the consensus itself has it. Only the council's leader proposes it. */
    record SetVoters(CommandId id, SortedSet<VulcanoId> voters) implements CouncilCommand {
        public SetVoters {
            voters = Collections.unmodifiableSortedSet(new TreeSet<>(voters));
        }
    }

    /**
     * A session begins, with generation 1. Refused when its name was used for another.
     *
     * @param boundToIncarnation as in {@link SessionRecord}
     */
    record OpenSession(CommandId id, UUID session, VulcanoId front, long boundToIncarnation)
            implements CouncilCommand {}

    /** A client goes on at another vulcano, or at the same one again: the generation is raised. Result: {@link Result.Attached}. */
    record AttachSession(CommandId id, UUID session, VulcanoId front, long expectedGeneration)
            implements CouncilCommand {}

    /** Sessions end. Those that are unknown have ended already. */
    record EndSessions(CommandId id, List<UUID> sessions) implements CouncilCommand {
        public EndSessions {
            sessions = List.copyOf(sessions);
        }
    }

    /**
     * An invitation. Those that have been worth nothing for a week are forgotten on the way.
     *
     * @param now seconds since 1970, by the proposer's clock
     */
    record IssueToken(
            CommandId id, String token, byte[] secretHash, String role, byte[] claims, long expiresAt, long now)
            implements CouncilCommand {
        public IssueToken {
            secretHash = Fields.checkBytes("a hash", secretHash, Fields.MAX_HASH);
            claims = Fields.checkBytes("claims", claims, Fields.MAX_CLAIMS);
        }
    }

    /**
     * An invitation is used, which can be done once. Result: {@link Result.Redeemed}.
     *
     * @param now seconds since 1970, by the proposer's clock
     * @param by who uses it, for people; at most 256 bytes
     */
    record RedeemToken(CommandId id, String token, byte[] secretHash, long now, String by) implements CouncilCommand {
        public RedeemToken {
            secretHash = Fields.checkBytes("a hash", secretHash, Fields.MAX_HASH);
        }
    }

    /**
     * The authority has signed a certificate; its holder gets it when this is decided. Those that expired more than a week ago are forgotten on the way. Refused for a
     * vulcano that was expelled.
     *
     * @param now seconds since 1970, by the proposer's clock
     */
    record Certified(CommandId id, String serial, CertificateRecord certificate, long now) implements CouncilCommand {}

    /** A certificate is worth nothing any more. */
    record Revoke(CommandId id, String serial) implements CouncilCommand {}

    /** The network may use what came with this level. Refused when a member cannot; never lowered. */
    record RaiseFeatureLevel(CommandId id, int level) implements CouncilCommand {}

    /** How many replicas each slice shall have; 0 for as many as there are storing members, up to 3. */
    record SetReplicasWanted(CommandId id, int replicas) implements CouncilCommand {}

    /** The authority's certificate and sealed key, as the identity's own bytes. */
    record SetAuthority(CommandId id, byte[] authority) implements CouncilCommand {
        public SetAuthority {
            authority = Fields.checkBytes("an authority", authority, Fields.MAX_AUTHORITY);
        }
    }

    /** The network's name, for people; 1 to 256 bytes. */
    record Rename(CommandId id, String name) implements CouncilCommand {}
}
