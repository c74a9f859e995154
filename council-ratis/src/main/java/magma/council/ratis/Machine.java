package magma.council.ratis;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import magma.council.ratis.Messages.Known;
import magma.dht.codec.MalformedException;
import magma.dht.council.Applied;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Result;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A voter's state: applies the log's entries in order. An entry is one byte for its kind and the content. */
final class Machine extends BaseStateMachine {
    private static final Logger log = LoggerFactory.getLogger(Machine.class);

    /** Content: the state that the council begins with. The first entry of each council. */
    private static final byte FOUND = 0;

    /** Content: a command. */
    private static final byte COMMAND = 1;

    /** How many commands are kept for members that do not vote and are a little behind. */
    private static final int MOST_RECENT = 1024;

    private static final int MOST_RECENT_BYTES = 1 << 20;

    /** Hears what becomes of the council, on Ratis's threads. */
    interface Listener {
        /**
         * An entry was applied, on the thread that applies.
         *
         * @param state null before the council is founded
         */
        void applied(long index, @Nullable CouncilState state);

        /** Another leads, or nobody; or who leads can decide now. */
        void leadershipChanged();
    }

    private record Recent(long index, byte[] command) {}

    private final Listener listener;
    private final SimpleStateMachineStorage snapshots = new SimpleStateMachineStorage();

    private final Deque<Recent> recent = new ArrayDeque<>();
    private int recentBytes;
    /** All commands after this index are in {@link #recent}. */
    private long recentFrom = -1;

    private @Nullable CouncilState state;

    private volatile boolean isLogBroken;

    Machine(Listener listener) {
        this.listener = listener;
    }

    /** From then on Ratis's log takes nothing more, though its server lives on, and may lead. */
    @Override
    public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
        if (!isLogBroken) {
            log.warn("The council's log here takes nothing more; this voter takes its seat again when it can", cause);
        }
        isLogBroken = true;
    }

    /** Whether the log has failed once. */
    boolean isLogBroken() {
        return isLogBroken;
    }

    static byte[] founding(CouncilState state) {
        return entry(FOUND, state.encode());
    }

    static byte[] entry(CouncilCommand command) {
        return entry(COMMAND, command.encode());
    }

    private static byte[] entry(byte kind, byte[] content) {
        return ByteBuffer.allocate(content.length + 1).put(kind).put(content).array();
    }

    @Override
    public void initialize(RaftServer server, RaftGroupId group, RaftStorage storage) throws IOException {
        super.initialize(server, group, storage);
        getLifeCycle().transition(LifeCycle.State.STARTING);
        snapshots.init(storage);
        load();
        getLifeCycle().transition(LifeCycle.State.RUNNING);
    }

    @Override
    public void pause() {
        getLifeCycle().transition(LifeCycle.State.PAUSING);
        getLifeCycle().transition(LifeCycle.State.PAUSED);
    }

    @Override
    public void reinitialize() throws IOException {
        snapshots.loadLatestSnapshot();
        load();
        if (getLifeCycleState() == LifeCycle.State.PAUSED) {
            getLifeCycle().transition(LifeCycle.State.STARTING);
            getLifeCycle().transition(LifeCycle.State.RUNNING);
        }
    }

    private void load() throws IOException {
        SingleFileSnapshotInfo snapshot = snapshots.getLatestSnapshot();
        if (snapshot == null) {
            return;
        }
        File file = snapshot.getFile().getPath().toFile();
        if (snapshot.getFile().getFileDigest() != null) {
            MD5FileUtil.verifySavedMD5(file, snapshot.getFile().getFileDigest());
        }
        CouncilState loaded;
        try {
            loaded = CouncilState.decode(Files.readAllBytes(file.toPath()));
        } catch (MalformedException e) {
            throw new IOException("the council's snapshot " + file + " is damaged", e);
        }
        synchronized (this) {
            state = loaded;
            setLastAppliedTermIndex(snapshot.getTermIndex());
            recent.clear();
            recentBytes = 0;
            recentFrom = snapshot.getIndex();
        }
        listener.applied(snapshot.getIndex(), loaded);
    }

    @Override
    public StateMachineStorage getStateMachineStorage() {
        return snapshots;
    }

    @Override
    public long takeSnapshot() throws IOException {
        TermIndex at;
        CouncilState held;
        synchronized (this) {
            at = getLastAppliedTermIndex();
            held = state;
        }
        if (held == null) {
            return RaftLog.INVALID_LOG_INDEX;
        }
        File file = snapshots.getSnapshotFile(at.getTerm(), at.getIndex());
        WholeFile.write(file.toPath(), held.encode());
        FileInfo info = new FileInfo(file.toPath(), MD5FileUtil.computeAndSaveMd5ForFile(file));
        snapshots.updateLatestSnapshot(new SingleFileSnapshotInfo(info, at));
        return at.getIndex();
    }

    @Override
    public CompletableFuture<Message> applyTransaction(TransactionContext context) {
        LogEntryProto entry = Objects.requireNonNull(context.getLogEntry());
        ByteString data = entry.getStateMachineLogEntry().getLogData();
        Result result = apply(TermIndex.valueOf(entry), data.toByteArray());
        return CompletableFuture.completedFuture(Message.valueOf(UnsafeByteOperations.unsafeWrap(result.encode())));
    }

    private Result apply(TermIndex at, byte[] entry) {
        byte[] content = java.util.Arrays.copyOfRange(entry, 1, entry.length);
        Result result;
        CouncilState now;
        synchronized (this) {
            if (entry[0] == COMMAND) {
                result = command(at.getIndex(), content);
            } else if (entry[0] == FOUND) {
                result = found(content);
                recentFrom = at.getIndex();
            } else {
                throw new IllegalStateException(
                        "entry " + at + " of the council's log has the unknown kind " + entry[0]);
            }
            updateLastAppliedTermIndex(at);
            now = state;
        }
        listener.applied(at.getIndex(), now);
        return result;
    }

    private Result found(byte[] content) {
        if (state != null) {
            return new Result.Conflict("the council is founded already");
        }
        CouncilState founded = CouncilState.decode(content);
        state = founded;
        return new Result.Accepted(founded.version());
    }

    private Result command(long index, byte[] content) {
        if (state == null) {
            return new Result.Conflict("the council is not founded yet");
        }
        Applied applied = state.apply(CouncilCommand.decode(content));
        state = applied.state();
        recent.add(new Recent(index, content));
        recentBytes += content.length;
        while (recent.size() > MOST_RECENT || recentBytes > MOST_RECENT_BYTES) {
            Recent oldest = recent.remove();
            recentBytes -= oldest.command().length;
            recentFrom = oldest.index();
        }
        return applied.result();
    }

    @Override
    public void notifyLeaderChanged(RaftGroupMemberId own, RaftPeerId leader) {
        listener.leadershipChanged();
    }

    @Override
    public void notifyLeaderReady() {
        listener.leadershipChanged();
    }

    @Override
    public void notifyTermIndexUpdated(long term, long index) {
        CouncilState now;
        synchronized (this) {
            updateLastAppliedTermIndex(term, index);
            now = state;
        }
        listener.applied(index, now);
    }

    /** Answers with nothing: it is asked only to know that all that was decided before is applied here. */
    @Override
    public CompletableFuture<Message> query(Message request) {
        return CompletableFuture.completedFuture(Message.EMPTY);
    }

    /** What a member needs to come up to this state. */
    record Since(long base, long index, byte @Nullable [] state, List<byte[]> entries) {}

    /** @return null before the council is founded */
    synchronized @Nullable Since since(Known known) {
        if (state == null) {
            return null;
        }
        long index = getLastAppliedTermIndex().getIndex();
        boolean sameCouncil = state.founding().equals(known.founding());
        if (!sameCouncil || known.index() < recentFrom || known.index() > index) {
            return new Since(-1, index, state.encode(), List.of());
        }
        List<byte[]> missing = new ArrayList<>();
        for (Recent each : recent) {
            if (each.index() > known.index()) {
                missing.add(each.command());
            }
        }
        return new Since(known.index(), index, null, missing);
    }

    synchronized long appliedIndex() {
        return getLastAppliedTermIndex().getIndex();
    }

    synchronized @Nullable CouncilState held() {
        return state;
    }
}
