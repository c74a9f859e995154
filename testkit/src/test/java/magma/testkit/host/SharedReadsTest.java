package magma.testkit.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.host.Replicas;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.testkit.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a thread reads of the committed records beside the replica's loop is the latest there is, however slow the thread. */
class SharedReadsTest {
    private interface Meanwhile {
        void happen() throws Exception;
    }

    private final AtomicReference<@Nullable Meanwhile> afterGet = new AtomicReference<>();

    /** Storage in which something happens after a record was read, before whoever asked gets to know it. */
    private Storage hooked(Storage inner) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    Object found;
                    try {
                        found = method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    Meanwhile meanwhile = method.getName().equals("get") ? afterGet.getAndSet(null) : null;
                    if (meanwhile != null) {
                        meanwhile.happen();
                    }
                    return found;
                });
    }

    private static String value(Replicas.Reading reading) {
        StoredRecord record = reading.record();
        return record == null ? "nothing" : new String(record.value(), UTF_8);
    }

    @Test
    void aReaderThatIsOvertakenByAnotherReignLooksAgain() throws Exception {
        try (TwoHosts two = new TwoHosts(hooked(new MemoryStorage()), new MemoryStorage())) {
            two.bothAreInSync();
            two.get("the first change", two.host(0).put("name", "old"));
            afterGet.set(() -> {
                two.handOver(0, 1);
                two.get("the second change", two.host(1).put("name", "new"));
                two.handOver(1, 0);
            });
            CompletableFuture<Replicas.Reading> read =
                    two.host(0).replicas.read(TwoHosts.SLICE, TwoHosts.record("name"));
            assertThat(value(two.get("the read", read))).isEqualTo("new");
        }
    }

    @Test
    void aReaderWhoseVulcanoLeadsNoMoreIsRefused() throws Exception {
        try (TwoHosts two = new TwoHosts(hooked(new MemoryStorage()), new MemoryStorage())) {
            two.bothAreInSync();
            two.get("the first change", two.host(0).put("name", "old"));
            afterGet.set(() -> {
                two.handOver(0, 1);
                two.get("the second change", two.host(1).put("name", "new"));
            });
            CompletableFuture<Replicas.Reading> read =
                    two.host(0).replicas.read(TwoHosts.SLICE, TwoHosts.record("name"));
            two.until("the read ends", read::isDone);
            assertThat(read).isCompletedExceptionally();
        }
    }
}
