package magma.dht.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.RecordId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * Compares the replicas in sync of every slice while they are in use: first digests of ranges, then, where these differ, record by record. A record that differs is looked at
 * again until the replicas agree, or what they show can come from no one history however they lag ({@link Sighting#contradicts}), twice in a row.
 */
public final class ReplicaComparison {
    private static final RecordKind FIRST = Collections.min(List.of(RecordKind.values()));
    private static final RecordKind LAST = Collections.max(List.of(RecordKind.values()));

    private final Supplier<State> state;
    private final PeerCalls peers;
    private final Times times;
    private final List<String> problems = new ArrayList<>();
    private long total;
    private long records;
    private int compared;
    private int alone;
    private long moving;

    /** What the council says. */
    public record State(SliceMap map, Map<Long, SliceConfig> slices) {}

    /**
     * How long things take.
     *
     * @param answer the longest wait for one answer
     * @param pause between two looks at a record; longer than a backup usually lags
     * @param patience for records that change all the time
     */
    public record Times(Duration answer, Duration pause, Duration patience) {
        public static final Times USUAL =
                new Times(Duration.ofSeconds(20), Duration.ofMillis(600), Duration.ofSeconds(10));
    }

    /** @param peers asks any vulcano, this one too */
    public ReplicaComparison(Supplier<State> state, PeerCalls peers, Times times) {
        this.state = state;
        this.peers = peers;
        this.times = times;
    }

    /** Blocks until it is done; once. @return what was found, in words */
    public Reply.Findings run() throws FsException {
        List<Suspect> suspects = new ArrayList<>();
        for (Slice slice : state.get().map().slices()) {
            suspects.addAll(new OfSlice(slice).compare());
        }
        settle(suspects);
        List<String> checked = new ArrayList<>();
        checked.add(compared + " slices");
        checked.add(records + " records");
        if (alone > 0) {
            checked.add(alone + " slices with one replica in sync");
        }
        if (moving > 0) {
            checked.add(moving + " records that change all the time and were left out");
        }
        return new Reply.Findings(checked, total, problems);
    }

    /** Looks again at records that differ. */
    private void settle(List<Suspect> suspects) throws FsException {
        long deadline = System.nanoTime() + times.patience().toNanos();
        List<Suspect> open = suspects;
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            List<Suspect> next = new ArrayList<>();
            for (Suspect suspect : open) {
                if (!look(suspect)) {
                    next.add(suspect);
                }
            }
            open = next;
            if (!open.isEmpty()) {
                pause();
            }
        }
        moving += open.size();
        Set<String> behind = new TreeSet<>();
        open.forEach(suspect -> suspect.standStill()
                .forEach(vulcano -> behind.add("slice " + suspect.in.slice.number() + ": vulcano " + vulcano
                        + " does not take over what is committed")));
        behind.forEach(this::problem);
    }

    /** @return whether it is clear what it is */
    private boolean look(Suspect suspect) throws FsException {
        RecordId id = suspect.id;
        try {
            List<Sighting> now = suspect.in.ask(id, id.successor(), true).stream()
                    .map(answer -> answer.of(id))
                    .toList();
            if (now.stream().allMatch(one -> one.agreesWith(now.get(0)))) {
                return true;
            } else if (suspect.isContradicted(now)) {
                problem("slice " + suspect.in.slice.number() + ": " + RecordKind.of(id.kind()) + " " + id + ": "
                        + String.join(", ", now.stream().map(Sighting::toString).toList()));
                return true;
            } else if (suspect.hasMoved(now)) {
                moving++;
                return true;
            }
            return false;
        } catch (NoAnswerException e) {
            problem("slice " + suspect.in.slice.number() + ": " + e.getMessage());
            return true;
        }
    }

    private void pause() throws FsException {
        try {
            TimeUnit.NANOSECONDS.sleep(times.pause().toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while replicas were compared", e);
        }
    }

    private void problem(String text) {
        total++;
        if (problems.size() < Reply.Findings.MOST) {
            problems.add(text);
        }
    }

    /** A replica in sync that cannot be compared. */
    private static final class NoAnswerException extends Exception {
        private static final long serialVersionUID = 1L;

        NoAnswerException(VulcanoId vulcano, String reason) {
            super("vulcano " + vulcano + " does not say what it has: " + reason);
        }
    }

    /** One slice. */
    private final class OfSlice {
        /** With more that differ, the rest of the slice is not looked at. */
        private static final int MOST_DIFFERING = 1_000;

        private final Slice slice;

        OfSlice(Slice slice) {
            this.slice = slice;
        }

        private Set<VulcanoId> inSync() {
            SliceConfig config = state.get().slices().get(slice.number());
            return config == null ? Set.of() : config.inSync();
        }

        /** @return the records that were not the same everywhere when they were looked at; lag makes them differ too */
        List<Suspect> compare() throws FsException {
            if (inSync().size() < 2) {
                alone++;
                return List.of();
            }
            compared++;
            try {
                return differing().stream().map(id -> new Suspect(this, id)).toList();
            } catch (NoAnswerException e) {
                problem("slice " + slice.number() + ": " + e.getMessage());
                return List.of();
            }
        }

        private SortedSet<RecordId> differing() throws NoAnswerException, FsException {
            SortedSet<RecordId> differing = new TreeSet<>();
            RecordId end = Records.end(LAST, slice.last());
            RecordId next = RecordId.of(slice.first(), FIRST.code());
            while (next.compareTo(end) < 0 && differing.size() < MOST_DIFFERING) {
                List<Answer> answers = ask(next, end, false);
                RecordId upTo = first(answers);
                if (areEqual(answers)) {
                    records += answers.isEmpty() ? 0 : answers.get(0).digests().count();
                } else {
                    upTo = list(next, upTo, differing);
                }
                next = upTo;
            }
            return differing;
        }

        private RecordId list(RecordId from, RecordId end, SortedSet<RecordId> differing)
                throws NoAnswerException, FsException {
            RecordId next = from;
            while (next.compareTo(end) < 0 && differing.size() < MOST_DIFFERING) {
                List<Answer> answers = ask(next, end, true);
                next = first(answers);
                SortedSet<RecordId> ids = new TreeSet<>();
                for (Answer answer : answers) {
                    answer.digests().records().forEach(record -> ids.add(record.id()));
                }
                for (RecordId id : ids.headSet(next)) {
                    records++;
                    List<Sighting> seen =
                            answers.stream().map(answer -> answer.of(id)).toList();
                    if (!seen.stream().allMatch(seen.get(0)::agreesWith)) {
                        differing.add(id);
                    }
                }
            }
            return next;
        }

        /** Up to where all have answered. */
        private RecordId first(List<Answer> answers) {
            return answers.stream()
                    .map(answer -> answer.digests().next())
                    .min(RecordId::compareTo)
                    .orElse(Records.end(LAST, slice.last()));
        }

        private boolean areEqual(List<Answer> answers) {
            return answers.stream()
                    .map(Answer::digests)
                    .allMatch(each -> each.next()
                                    .equals(answers.get(0).digests().next())
                            && Arrays.equals(
                                    each.digest(), answers.get(0).digests().digest()));
        }

        /** Asks those who are in sync, all at once. */
        private List<Answer> ask(RecordId from, RecordId end, boolean each) throws NoAnswerException, FsException {
            PeerRequest request = new PeerRequest.DigestRecords(slice.number(), from, end, each);
            List<VulcanoId> asked = List.copyOf(inSync());
            List<CompletableFuture<Reply>> replies =
                    asked.stream().map(one -> peers.call(one, request)).toList();
            List<Answer> answers = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                try {
                    answers.add(new Answer(asked.get(i), answer(asked.get(i), replies.get(i))));
                } catch (NoAnswerException e) {
                    // Whoever has left the others meanwhile need not answer.
                    if (inSync().contains(asked.get(i))) {
                        throw e;
                    }
                }
            }
            return answers;
        }

        private PeerReply.DigestsOf answer(VulcanoId from, CompletableFuture<Reply> asked)
                throws NoAnswerException, FsException {
            try {
                Reply reply = asked.get(times.answer().toMillis(), TimeUnit.MILLISECONDS);
                if (reply instanceof PeerReply.DigestsOf digests) {
                    return digests;
                }
                throw new NoAnswerException(
                        from, reply instanceof Reply.Failure failure ? failure.detail() : "it answers " + reply);
            } catch (ExecutionException e) {
                throw new NoAnswerException(from, String.valueOf(e.getMessage()));
            } catch (TimeoutException e) {
                throw new NoAnswerException(from, "it takes too long");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(Errno.EINTR, "interrupted while replicas were compared", e);
            }
        }
    }

    /** What one vulcano has answered. */
    private record Answer(VulcanoId by, PeerReply.DigestsOf digests, Map<RecordId, PeerReply.Digested> records) {
        Answer(VulcanoId by, PeerReply.DigestsOf digests) {
            this(
                    by,
                    digests,
                    digests.records().stream()
                            .collect(
                                    Collectors.toMap(PeerReply.Digested::id, Function.identity(), (one, same) -> one)));
        }

        Sighting of(RecordId id) {
            PeerReply.Digested record = records.get(id);
            return record == null
                    ? new Sighting(by, null, new byte[0], digests.committed(), digests.until())
                    : new Sighting(by, record.version(), record.digest(), digests.committed(), digests.until());
        }
    }

    /** A record that was not the same everywhere, and what was seen of it since. */
    private static final class Suspect {
        private final OfSlice in;
        private final RecordId id;
        private List<Sighting> first = List.of();
        private List<Sighting> last = List.of();
        private int contradictions;

        Suspect(OfSlice in, RecordId id) {
            this.in = in;
            this.id = id;
        }

        /** @return whether what was seen is a difference for certain */
        boolean isContradicted(List<Sighting> now) {
            List<Sighting> all = new ArrayList<>(now);
            all.addAll(last);
            boolean contradicted = now.stream()
                    .anyMatch(one ->
                            all.stream().anyMatch(other -> !one.by().equals(other.by()) && one.contradicts(other)));
            contradictions = contradicted ? 1 + (isStill(now, last) ? contradictions : 0) : 0;
            last = now;
            if (first.isEmpty()) {
                first = now;
            }
            return contradictions >= 2;
        }

        private static boolean isStill(List<Sighting> now, List<Sighting> before) {
            return now.stream().allMatch(one -> before.stream().anyMatch(one::isStill));
        }

        /** Whether it has changed since at every replica: then none has stayed behind. */
        boolean hasMoved(List<Sighting> now) {
            return now.stream().noneMatch(one -> first.stream().anyMatch(one::isStill));
        }

        /** The replicas that have not come since to what another had from the beginning. */
        Set<VulcanoId> standStill() {
            return last.stream()
                    .filter(one ->
                            first.stream().anyMatch(early -> early.committed().compareTo(one.committed()) > 0))
                    .map(Sighting::by)
                    .collect(Collectors.toSet());
        }
    }
}
