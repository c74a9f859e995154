package magma.dht.council;

import org.jspecify.annotations.Nullable;

/** Invitations and certificates. */
final class TokenRules {
    /** How long an invitation is kept after it is worth nothing, so that its use can be looked up. */
    private static final long KEPT_SECONDS = 7 * 24 * 3600;

    private TokenRules() {}

    static @Nullable String issue(Draft draft, CouncilCommand.IssueToken command) {
        Fields.checkText("a token's id", command.token(), Fields.MAX_TOKEN_ID);
        draft.tokens.values().removeIf(token -> token.expiresAt() < command.now() - KEPT_SECONDS);
        if (draft.tokens.containsKey(command.token())) {
            return "there is an invitation " + command.token() + " already";
        }
        if (command.expiresAt() <= command.now()) {
            return "the invitation would be worth nothing";
        }
        if (draft.tokens.size() == Fields.MAX_TOKENS) {
            return "there are " + Fields.MAX_TOKENS + " invitations already";
        }
        draft.tokens.put(
                command.token(),
                new TokenRecord(command.secretHash(), command.role(), command.claims(), command.expiresAt(), null));
        return null;
    }

    /** Which of the things that can be wrong is wrong is told only to who knows the secret. */
    static Result redeem(Draft draft, CouncilCommand.RedeemToken command) {
        TokenRecord token = draft.tokens.get(command.token());
        if (token == null || !token.opensWith(command.secretHash())) {
            return new Result.Conflict("there is no such invitation");
        }
        if (token.usedBy() != null) {
            return new Result.Conflict("the invitation was used by " + token.usedBy());
        }
        if (command.now() >= token.expiresAt()) {
            return new Result.Conflict("the invitation has expired");
        }
        TokenRecord used = token.usedBy(command.by());
        draft.tokens.put(command.token(), used);
        return new Result.Redeemed(draft.version(), used);
    }

    static @Nullable String revoke(Draft draft, CouncilCommand.Revoke command) {
        addRevoked(draft, command.serial());
        return null;
    }

    static void addRevoked(Draft draft, String serial) {
        draft.revoked.add(Fields.checkText("a serial", serial, Fields.MAX_SERIAL));
    }
}
