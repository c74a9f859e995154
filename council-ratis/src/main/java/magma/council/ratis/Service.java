package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import magma.council.ratis.Messages.Answer;
import magma.council.ratis.Messages.Known;
import magma.council.ratis.Messages.Request;
import magma.council.ratis.Messages.Update;
import magma.dht.codec.MalformedException;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** Answers what other members ask, and what this one asks itself. */
final class Service {
    private final Standing standing;
    private final Seen seen;

    Service(Standing standing, Seen seen) {
        this.standing = standing;
        this.seen = seen;
    }

    /** @param timeout within which there is an answer, but for messages of the consensus itself, which have their own */
    Answer serve(VulcanoId from, Request request, Duration timeout) {
        try {
            String objection = objection(from);
            return objection == null ? answer(from, request, timeout) : new Answer.Refused(objection);
        } catch (MalformedException e) {
            return new Answer.Refused("malformed: " + e.getMessage());
        } catch (IOException | IllegalStateException e) {
            return new Answer.Failed(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable String objection(VulcanoId from) {
        CouncilState state = seen.stateOrNull();
        Member member = state == null ? null : state.member(from);
        return member != null && !member.joined() ? from + " is no member any more" : null;
    }

    private Answer answer(VulcanoId from, Request request, Duration timeout) throws IOException {
        return switch (request.kind()) {
            case Messages.VOTE, Messages.APPEND, Messages.SNAPSHOT, Messages.ELECT -> {
                Seat seat = standing.seat();
                yield seat == null
                        ? new Answer.Failed("no seat in the council here")
                        : new Answer.Done(seat.receive(from, request));
            }
            case Messages.PROPOSE -> propose(request.content(), timeout);
            case Messages.READ -> read(Known.read(request.content()), timeout);
            case Messages.FOLLOW -> follow(Known.read(request.content()));
            case Messages.UPDATE -> {
                Update update = Update.read(request.content());
                if (!from.equals(update.leader())) {
                    yield new Answer.Refused(from + " speaks for the leader " + update.leader());
                }
                standing.updated(update);
                yield new Answer.Done(seen.known().bytes());
            }
            case Messages.SEAT -> {
                standing.takeSeat(Messages.founding(request.content()), List.of());
                yield new Answer.Done(new byte[0]);
            }
            default -> new Answer.Refused("no request has the kind " + request.kind());
        };
    }

    private Answer propose(byte[] bytes, Duration timeout) throws IOException {
        if (bytes.length > CouncilSettings.MAX_COMMAND) {
            return new Answer.Refused("a command of " + bytes.length + " bytes is too long");
        }
        CouncilCommand command = CouncilCommand.decode(bytes);
        Seat seat = standing.leading();
        return seat == null
                ? new Answer.Elsewhere(standing.leader())
                : new Answer.Done(seat.submit(Machine.entry(command), timeout));
    }

    private Answer read(Known known, Duration timeout) throws IOException {
        Seat seat = standing.leading();
        if (seat == null) {
            return new Answer.Elsewhere(standing.leader());
        }
        seat.confirmLeadership(timeout);
        return update(seat, known);
    }

    private Answer follow(Known known) {
        Seat seat = standing.seat();
        return seat == null ? new Answer.Elsewhere(standing.leader()) : update(seat, known);
    }

    private static Answer update(Seat seat, Known known) {
        Update update = updateSince(seat, known);
        return update == null ? new Answer.Failed("nothing is decided here yet") : new Answer.Done(update.bytes());
    }

    /** What a member lacks that has applied {@code known}; null before the council is founded. */
    static @Nullable Update updateSince(Seat seat, Known known) {
        Machine.Since since = seat.machine().since(known);
        return since == null
                ? null
                : new Update(
                        seat.founding(),
                        seat.leader(),
                        seat.term(),
                        seat.voters(),
                        since.base(),
                        since.index(),
                        since.state(),
                        since.entries());
    }
}
