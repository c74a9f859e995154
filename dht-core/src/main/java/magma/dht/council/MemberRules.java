package magma.dht.council;

import java.util.SortedSet;
import java.util.TreeSet;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** Who belongs to the network and how they do. Each method says why it refuses, or null. */
final class MemberRules {
    private MemberRules() {}

    static @Nullable String add(Draft draft, CouncilCommand.AddMember command) {
        Member member = command.member();
        if (draft.members.containsKey(member.id())) {
            return member.id() + " is or was a member; a vulcano that comes back joins under a new id";
        }
        if (!member.joined()) {
            return "only a member that is joined can join";
        }
        if (member.featureLevel() != 0 && member.featureLevel() < draft.featureLevel) {
            return tooOld(member.featureLevel(), draft.featureLevel);
        }
        draft.members.put(member.id(), member.as(VotingRole.LEARNER));
        return null;
    }

    private static String tooOld(int level, int needed) {
        return "the network is at feature level " + needed + ", and this release of Magma knows levels up to " + level
                + " only: all others run a newer one by now; install that on this vulcano too";
    }

    static @Nullable String expel(Draft draft, CouncilCommand.ExpelMember command) {
        Member member = draft.joined(command.member());
        if (member == null) {
            return command.member() + " is no member";
        }
        if (draft.members.values().stream().filter(Member::joined).count() == 1) {
            return "the last member cannot leave";
        }
        draft.members.put(member.id(), member.gone(command.how()));
        for (String serial : command.serials()) {
            TokenRules.addRevoked(draft, serial);
        }
        CertificateRules.revokeAllOf(draft, member);
        draft.slices.replaceAll((number, config) -> without(draft, config, member.id()));
        raiseToLowest(draft);
        return null;
    }

    /** The slice without a member, as far as it can be. */
    private static SliceConfig without(Draft draft, SliceConfig config, VulcanoId gone) {
        if (!config.replicas().contains(gone)) {
            return config;
        }
        SliceConfig next = config;
        if (config.primary().equals(gone)) {
            VulcanoId successor = successor(draft, config, gone);
            if (successor == null) {
                return config;
            }
            next = config.takenOverBy(successor, 0);
        }
        SortedSet<VulcanoId> electable = SliceConfigs.electable(next);
        SortedSet<VulcanoId> rest = new TreeSet<>(next.replicas());
        rest.remove(gone);
        electable.retainAll(rest);
        return electable.isEmpty() ? next : SliceConfigs.withReplicas(next, rest);
    }

    /** Who takes over: one that is up where there is one, and of those the one that leads the fewest slices. */
    private static @Nullable VulcanoId successor(Draft draft, SliceConfig config, VulcanoId gone) {
        VulcanoId best = null;
        long bestScore = Long.MAX_VALUE;
        for (VulcanoId candidate : SliceConfigs.electable(config)) {
            Member member = draft.joined(candidate);
            if (candidate.equals(gone) || member == null) {
                continue;
            }
            long score = (member.up() ? 0 : 1L << 32)
                    + draft.slices.values().stream()
                            .filter(slice -> slice.primary().equals(candidate))
                            .count();
            if (score < bestScore) {
                best = candidate;
                bestScore = score;
            }
        }
        return best;
    }

    static @Nullable String started(Draft draft, CouncilCommand.MemberStarted command) {
        Member member = draft.joined(command.member());
        if (member == null) {
            return command.member() + " is no member";
        }
        if (command.incarnation() < 1 || command.incarnation() < member.incarnation()) {
            return "process " + command.incarnation() + " of " + member.id() + " is over, " + member.incarnation()
                    + " has started";
        }
        if (command.featureLevel() < draft.featureLevel) {
            return tooOld(command.featureLevel(), draft.featureLevel);
        }
        draft.members.put(
                member.id(),
                member.started(command.incarnation(), command.address(), command.version(), command.featureLevel()));
        raiseToLowest(draft);
        return null;
    }

    /** What all members can the network may use, from then on for ever. */
    private static void raiseToLowest(Draft draft) {
        int lowest = draft.members.values().stream()
                .filter(Member::joined)
                .mapToInt(Member::featureLevel)
                .min()
                .orElse(0);
        draft.featureLevel = Math.max(draft.featureLevel, lowest);
    }

    static @Nullable String died(Draft draft, CouncilCommand.MemberDied command) {
        Member member = draft.joined(command.member());
        if (member == null) {
            return command.member() + " is no member";
        }
        if (member.incarnation() != command.incarnation()) {
            return "not process " + command.incarnation() + " of " + member.id() + " was running but "
                    + member.incarnation();
        }
        draft.members.put(member.id(), member.died());
        return null;
    }

    static @Nullable String space(Draft draft, CouncilCommand.ReportSpace command) {
        Member member = draft.joined(command.member());
        if (member == null) {
            return command.member() + " is no member";
        }
        draft.members.put(member.id(), member.withSpace(command.capacityBytes(), command.freeBytes()));
        return null;
    }

    static @Nullable String voters(Draft draft, CouncilCommand.SetVoters command) {
        for (VulcanoId voter : command.voters()) {
            if (!draft.members.containsKey(voter)) {
                return voter + " is no member";
            }
        }
        draft.members.replaceAll(
                (id, member) -> member.as(command.voters().contains(id) ? VotingRole.VOTER : VotingRole.LEARNER));
        return null;
    }

    static @Nullable String raiseFeatureLevel(Draft draft, CouncilCommand.RaiseFeatureLevel command) {
        if (command.level() <= draft.featureLevel) {
            return "the network is at feature level " + draft.featureLevel + " already";
        }
        for (Member member : draft.members.values()) {
            if (member.joined() && member.featureLevel() < command.level()) {
                return member.id() + " at " + member.address() + " can only feature level " + member.featureLevel();
            }
        }
        draft.featureLevel = command.level();
        return null;
    }
}
