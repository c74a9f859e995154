package magma.dht.transport.netty;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;

/** The changes that a connection's session is told of. One that does not confirm them in time is cut off. Safe for all threads. */
final class ToldChanges implements ChangeListener {
    private final ChangePush push;
    private final Consumer<String> cutOff;
    private final long patienceMillis;

    /**
     * Of a session that may not be open yet: it may hear of changes, and confirm them, before it is welcomed.
     *
     * @param cutOff told why the connection must end
     */
    ToldChanges(ListenerSettings settings, Signal.Purpose purpose, ChangePush.Send send, Consumer<String> cutOff) {
        this.push =
                new ChangePush(send, backlog -> cutOff.accept("the client leaves " + backlog + " changes unconfirmed"));
        this.cutOff = cutOff;
        // Another vulcano has the whole time: it waits less for its client, and cuts that off.
        long laggard = settings.laggard().toMillis();
        this.patienceMillis = purpose == Signal.Purpose.RELAY ? laggard : laggard * 4 / 5;
    }

    @Override
    public void changed(Change change) {
        push.push(change);
    }

    @Override
    public CompletionStage<Void> heard() {
        return seen();
    }

    void confirm(long sequence) {
        push.confirm(sequence);
    }

    /** Completes when the session has confirmed all changes it was told of, or is over. */
    CompletableFuture<Void> seen() {
        CompletableFuture<Void> seen = push.seen();
        return seen.isDone()
                ? seen
                : seen.orTimeout(patienceMillis, TimeUnit.MILLISECONDS).exceptionally(late -> {
                    cutOff.accept("it did not confirm changes within " + patienceMillis + " ms");
                    return null;
                });
    }

    /** The session listens no more, and nobody is to wait for it. */
    void close() {
        push.close();
    }
}
