package magma.council.ratis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.ratis.proto.RaftProtos.AppendEntriesReplyProto;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotReplyProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.leader.FollowerInfo;
import org.apache.ratis.server.leader.LeaderState;
import org.apache.ratis.server.leader.LogAppenderBase;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.util.Timestamp;

/**
 * Keeps one follower's log like the leader's. Its own thread sends beacons and waits for nothing else; entries and snapshots go on a thread of the link, one request at a
 * time. So a follower that syncs its disk for seconds still answers beacons, and nobody is deposed for a slow disk. A beacon is also sent at once when something was
 * committed, so that followers learn of it without a log record of its own.
 */
final class Appender extends LogAppenderBase {
    private static final int MOST_BYTES = 1 << 20;
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private final PeerLink link;
    private final AtomicBoolean sending = new AtomicBoolean();
    private final Retry beacons = new Retry();
    private final Retry entries = new Retry();
    private final Semaphore bell = new Semaphore(0);
    private volatile long toldCommit = RaftLog.INVALID_LOG_INDEX;

    Appender(RaftServer.Division server, LeaderState state, FollowerInfo follower, PeerLink link) {
        super(server, state, follower);
        this.link = link;
    }

    /** When to try again after failures. */
    private static final class Retry {
        private volatile int failures;
        private volatile long notBefore = System.nanoTime();

        void failed() {
            failures = Math.min(failures + 1, 8);
            notBefore = System.nanoTime() + Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << failures);
        }

        void succeeded() {
            failures = 0;
        }

        long waitMillis() {
            return failures == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(notBefore - System.nanoTime());
        }
    }

    @Override
    public long getCallId() {
        return CallId.get();
    }

    @Override
    public Comparator<Long> getCallIdComparator() {
        return CallId.getComparator();
    }

    @Override
    public boolean hasPendingDataRequests() {
        return sending.get();
    }

    @Override
    public void notifyLogAppender() {
        bell.release();
    }

    @Override
    public void run() throws InterruptedException {
        Runnable wake = this::notifyLogAppender;
        link.wakeOnCommit(wake);
        try {
            serve();
        } finally {
            link.forget(wake);
        }
    }

    private void serve() throws InterruptedException {
        while (isRunning()) {
            if (wantsEntries() && entries.waitMillis() <= 0) {
                startSending();
            }
            if (beaconDueIn() <= 0) {
                sendBeacon();
                getLeaderState().checkHealth(getFollower());
            }
            pause();
        }
    }

    private void pause() throws InterruptedException {
        long millis = beaconDueIn();
        if (wantsEntries() && !sending.get()) {
            millis = Math.min(millis, entries.waitMillis());
        }
        if (millis > 0 && bell.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
            bell.drainPermits();
        }
    }

    private long beaconDueIn() {
        boolean untold = toldCommit < getRaftLog().getLastCommittedIndex() && !sending.get() && !hasAppendEntries();
        return Math.max(untold ? 0 : getHeartbeatWaitTimeMs(), beacons.waitMillis());
    }

    private void sendBeacon() {
        resetHeartbeatTrigger();
        try {
            long commit = getRaftLog().getLastCommittedIndex();
            AppendEntriesRequestProto request = newAppendEntriesRequest(CallId.getAndIncrement(), true);
            AppendEntriesReplyProto reply = exchange(request);
            beacons.succeeded();
            toldCommit = Math.max(toldCommit, commit);
            switch (reply.getResult()) {
                case SUCCESS -> confirmCommitted(request);
                case INCONSISTENCY -> {
                    if (!sending.get()) {
                        getFollower()
                                .setNextIndex(
                                        getNextIndexForInconsistency(RaftLog.INVALID_LOG_INDEX, reply.getNextIndex()));
                    }
                }
                default -> onFollowerTerm(reply.getTerm());
            }
            getLeaderState().onAppendEntriesReply(this, reply);
        } catch (IOException e) {
            beacons.failed();
        }
    }

    /** What the follower has of what is committed counts at once; the rest only when it says that it is on its disk. */
    private void confirmCommitted(AppendEntriesRequestProto request) {
        if (request.hasPreviousLog()) {
            long previous = request.getPreviousLog().getIndex();
            if (previous <= getRaftLog().getLastCommittedIndex()) {
                confirm(previous + 1);
            }
        }
    }

    private void confirm(long nextIndex) {
        FollowerInfo follower = getFollower();
        boolean more = follower.updateMatchIndex(nextIndex - 1);
        if (nextIndex > follower.getNextIndex()) {
            follower.increaseNextIndex(nextIndex);
            more = true;
        }
        if (more) {
            getLeaderState().onFollowerSuccessAppendEntries(follower);
        }
    }

    private AppendEntriesReplyProto exchange(AppendEntriesRequestProto request) throws IOException {
        Timestamp sent = Timestamp.currentTime();
        getFollower().updateLastRpcSendTime(request.getEntriesCount() == 0);
        AppendEntriesReplyProto reply = getServerRpc().appendEntries(request);
        getFollower().updateLastRpcResponseTime();
        getFollower().updateLastRespondedAppendEntriesSendTime(sent);
        getLeaderState().onFollowerCommitIndex(getFollower(), reply.getFollowerCommit());
        return reply;
    }

    private boolean wantsEntries() {
        return hasAppendEntries()
                || (getLeaderState().isFollowerBootstrapping(getFollower())
                        && !getFollower().hasAttemptedToInstallSnapshot());
    }

    private void startSending() {
        if (!sending.compareAndSet(false, true)) {
            return;
        }
        try {
            link.executor().execute(this::send);
        } catch (RejectedExecutionException e) {
            entries.failed();
            sending.set(false);
        }
    }

    private void send() {
        try {
            while (isRunning() && wantsEntries()) {
                SnapshotInfo snapshot = shouldInstallSnapshot();
                if (snapshot != null) {
                    sendSnapshot(snapshot);
                } else {
                    sendEntries();
                }
                entries.succeeded();
            }
        } catch (IOException | IllegalStateException e) {
            entries.failed();
        } finally {
            sending.set(false);
            notifyLogAppender();
        }
    }

    private void sendEntries() throws IOException {
        long next = getFollower().getNextIndex();
        TermIndex previous = getPrevious(next);
        List<LogEntryProto> batch = batch(next);
        boolean first = next == RaftLog.LEAST_VALID_LOG_INDEX;
        if (batch.isEmpty()
                || (previous == null && !first && next != getFollower().getSnapshotIndex() + 1)) {
            throw new IOException("what follows entry " + (next - 1) + " is not in the log");
        }
        long commit = getRaftLog().getLastCommittedIndex();
        AppendEntriesRequestProto request =
                getLeaderState().newAppendEntriesRequestProto(getFollower(), batch, previous, CallId.getAndIncrement());
        AppendEntriesReplyProto reply = exchange(request);
        switch (reply.getResult()) {
            case SUCCESS -> {
                toldCommit = Math.max(toldCommit, Math.min(commit, next + batch.size() - 1));
                confirm(next + batch.size());
            }
            case INCONSISTENCY -> getFollower().setNextIndex(getNextIndexForInconsistency(next, reply.getNextIndex()));
            default -> refused(reply.getTerm());
        }
        getLeaderState().onAppendEntriesReply(this, reply);
    }

    private void refused(long term) throws IOException {
        onFollowerTerm(term);
        throw new IOException("the follower is at term " + term);
    }

    private List<LogEntryProto> batch(long from) throws IOException {
        List<LogEntryProto> batch = new ArrayList<>();
        int bytes = 0;
        for (long index = from; index < getRaftLog().getNextIndex() && bytes < MOST_BYTES; index++) {
            LogEntryProto entry = getRaftLog().get(index);
            if (entry == null) {
                break;
            }
            batch.add(entry);
            bytes += entry.getSerializedSize();
        }
        return batch;
    }

    private void sendSnapshot(SnapshotInfo snapshot) throws IOException {
        InstallSnapshotReplyProto reply = null;
        for (InstallSnapshotRequestProto chunk :
                newInstallSnapshotRequests(UUID.randomUUID().toString(), snapshot)) {
            getFollower().updateLastRpcSendTime(false);
            reply = getServerRpc().installSnapshot(chunk);
            getFollower().updateLastRpcResponseTime();
            if (!reply.getServerReply().getSuccess()) {
                break;
            }
        }
        if (reply == null) {
            throw new IOException("a snapshot without content");
        }
        switch (reply.getResult()) {
            case SUCCESS, ALREADY_INSTALLED -> {
                getFollower().setSnapshotIndex(snapshot.getTermIndex().getIndex());
                getFollower().setAttemptedToInstallSnapshot();
                getServer().getRaftServerMetrics().onSnapshotInstalled();
            }
            case NOT_LEADER -> refused(reply.getTerm());
            default -> throw new IOException("the snapshot was refused: " + reply.getResult());
        }
    }
}
