package magma.dht.council;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sessions of clients. */
final class SessionRules {
    private SessionRules() {}

    static @Nullable String open(Draft draft, CouncilCommand.OpenSession command) {
        Member front = draft.joined(command.front());
        if (front == null) {
            return command.front() + " is no member";
        }
        if (draft.sessions.containsKey(command.session())) {
            return "session " + command.session() + " is open already";
        }
        if (command.boundToIncarnation() != 0 && command.boundToIncarnation() < front.incarnation()) {
            return "process " + command.boundToIncarnation() + " of " + front.id() + " is over";
        }
        if (draft.sessions.size() == Fields.MAX_SESSIONS) {
            return "there are " + Fields.MAX_SESSIONS + " sessions already";
        }
        draft.sessions.put(
                command.session(),
                new SessionRecord(command.session(), command.front(), command.boundToIncarnation(), 1));
        return null;
    }

    static Result attach(Draft draft, CouncilCommand.AttachSession command) {
        SessionRecord session = draft.sessions.get(command.session());
        if (session == null) {
            return new Result.Conflict("session " + command.session() + " is unknown or has ended");
        }
        if (session.boundToIncarnation() != 0) {
            return new Result.Conflict("session " + command.session() + " belongs to one process for ever");
        }
        if (session.generation() != command.expectedGeneration()) {
            return new Result.Conflict("session " + command.session() + " is at generation " + session.generation()
                    + ", not " + command.expectedGeneration());
        }
        if (draft.joined(command.front()) == null) {
            return new Result.Conflict(command.front() + " is no member");
        }
        SessionRecord next = session.attachedTo(command.front());
        draft.sessions.put(command.session(), next);
        return new Result.Attached(draft.version(), next);
    }

    static @Nullable String end(Draft draft, CouncilCommand.EndSessions command) {
        for (UUID session : command.sessions()) {
            draft.sessions.remove(session);
        }
        return null;
    }
}
