package magma.vulcano;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;

/** Whether the others have expelled this vulcano. Safe for all threads. */
final class Expulsion {
    private final VulcanoId self;
    private final Stage stage;
    private final Consumer<Throwable> failed;
    private final AtomicBoolean heard = new AtomicBoolean();

    /** @param failed told of it once, if the vulcano serves then */
    Expulsion(VulcanoId self, Stage stage, Consumer<Throwable> failed) {
        this.self = self;
        this.stage = stage;
        this.failed = failed;
    }

    /** Somebody who must know says so. */
    void heard() {
        if (!heard.getAndSet(true) && stage.isServing()) {
            failed.accept(new ExpelledException(self));
        }
    }

    /** The council may say so. */
    void learn(CouncilState state) {
        Member own = state.member(self);
        if (own != null && !own.joined()) {
            heard();
        }
    }

    /**
     * One whose own council is over may have begun by itself before it heard from the others.
     *
     * @throws RefusalException when this vulcano is expelled
     */
    void check() throws RefusalException {
        if (heard.get()) {
            throw new RefusalException(String.valueOf(new ExpelledException(self).getMessage()));
        }
    }
}
