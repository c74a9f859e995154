package magma.dht.council;

import magma.dht.council.Result.Accepted;
import magma.dht.council.Result.Conflict;
import org.jspecify.annotations.Nullable;

/** Carries a command out, or refuses it. Nothing here may depend on anything but the state and the command. */
final class Rules {
    private Rules() {}

    static Applied apply(CouncilState state, CouncilCommand command) {
        Draft draft = new Draft(state);
        Result result;
        try {
            result = change(draft, command);
            if (changes(result)) {
                return new Applied(draft.build(new Remembered(command.id(), result)), result);
            }
        } catch (IllegalArgumentException e) {
            result = refusal(String.valueOf(e.getMessage()));
        }
        return new Applied(Draft.unchanged(state, new Remembered(command.id(), result)), result);
    }

    private static boolean changes(Result result) {
        return result instanceof Result.SlicesChanged slices
                ? !slices.changed().isEmpty()
                : !(result instanceof Conflict);
    }

    private static Conflict refusal(String reason) {
        return new Conflict(shortened(reason));
    }

    /** A reason that is short enough to be remembered. */
    static String shortened(String reason) {
        int most = Fields.MAX_REASON / 4;
        return reason.length() <= most ? reason : reason.substring(0, most);
    }

    private static Result change(Draft draft, CouncilCommand command) {
        if (command instanceof CouncilCommand.ChangeSlices c) {
            return SliceRules.change(draft, c);
        } else if (command instanceof CouncilCommand.Place c) {
            return SliceRules.place(draft, c);
        } else if (command instanceof CouncilCommand.AttachSession c) {
            return SessionRules.attach(draft, c);
        } else if (command instanceof CouncilCommand.RedeemToken c) {
            return TokenRules.redeem(draft, c);
        }
        String objection = simpleChange(draft, command);
        return objection == null ? new Accepted(draft.version()) : refusal(objection);
    }

    /** Those whose result says nothing but yes or no: the reason to refuse, or null. */
    private static @Nullable String simpleChange(Draft draft, CouncilCommand command) {
        if (command instanceof CouncilCommand.AddMember c) {
            return MemberRules.add(draft, c);
        } else if (command instanceof CouncilCommand.ExpelMember c) {
            return MemberRules.expel(draft, c);
        } else if (command instanceof CouncilCommand.MemberStarted c) {
            return MemberRules.started(draft, c);
        } else if (command instanceof CouncilCommand.MemberDied c) {
            return MemberRules.died(draft, c);
        } else if (command instanceof CouncilCommand.ReportSpace c) {
            return MemberRules.space(draft, c);
        } else if (command instanceof CouncilCommand.SetVoters c) {
            return MemberRules.voters(draft, c);
        } else if (command instanceof CouncilCommand.OpenSession c) {
            return SessionRules.open(draft, c);
        } else if (command instanceof CouncilCommand.EndSessions c) {
            return SessionRules.end(draft, c);
        } else if (command instanceof CouncilCommand.IssueToken c) {
            return TokenRules.issue(draft, c);
        } else if (command instanceof CouncilCommand.Revoke c) {
            return TokenRules.revoke(draft, c);
        } else if (command instanceof CouncilCommand.Certified c) {
            return CertificateRules.certified(draft, c);
        }
        return networkChange(draft, command);
    }

    private static @Nullable String networkChange(Draft draft, CouncilCommand command) {
        if (command instanceof CouncilCommand.RaiseFeatureLevel c) {
            return MemberRules.raiseFeatureLevel(draft, c);
        } else if (command instanceof CouncilCommand.SetReplicasWanted c) {
            draft.replicasWanted = c.replicas();
        } else if (command instanceof CouncilCommand.SetAuthority c) {
            draft.authority = c.authority();
        } else if (command instanceof CouncilCommand.Rename c) {
            if (c.name().isBlank()) {
                return "a network needs a name";
            }
            draft.name = c.name();
        } else {
            throw new IllegalStateException("no rule for " + command);
        }
        return null;
    }
}
