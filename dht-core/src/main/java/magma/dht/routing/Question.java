package magma.dht.routing;

import java.util.concurrent.CompletableFuture;
import magma.dht.replication.SliceConfig;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;

/** What is asked of a slice's primary: here, or elsewhere. */
interface Question<T> {
    CompletableFuture<T> here(SliceConfig config);

    PeerRequest elsewhere(SliceConfig config);

    T answer(Reply reply) throws FsException;

    interface Here<T> {
        CompletableFuture<T> ask();
    }

    interface Reader<T> {
        T read(Reply reply) throws FsException;
    }

    /** One that is the same whoever leads. */
    static <T> Question<T> of(Here<T> here, PeerRequest elsewhere, Reader<T> reader) {
        return new Question<>() {
            @Override
            public CompletableFuture<T> here(SliceConfig config) {
                return here.ask();
            }

            @Override
            public PeerRequest elsewhere(SliceConfig config) {
                return elsewhere;
            }

            @Override
            public T answer(Reply reply) throws FsException {
                return reader.read(reply);
            }
        };
    }

    /** @throws FsException what the reply says, or EPROTO where it is none to the question */
    static <R extends Reply> R as(Reply reply, Class<R> kind) throws FsException {
        if (reply instanceof Reply.Failure failure) {
            throw new FsException(failure.errno(), failure.detail());
        }
        if (!kind.isInstance(reply)) {
            throw new FsException(
                    Errno.EPROTO,
                    "a vulcano answered " + reply.getClass().getSimpleName() + " for " + kind.getSimpleName());
        }
        return kind.cast(reply);
    }
}
