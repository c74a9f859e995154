package magma.it;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicIntegerArray;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;

/**
 * A process that appends to a storage until that fails, one thread for each slice, and then waits to be killed. It makes the storage where there is none. What it tells is in a
 * file, a line each: "opened"; "began SLICE", before an append; "ended SLICE", when it returned; "synced COUNT COUNT COUNT", when a sync returned: how many appends to each
 * slice had ended when it was called.
 */
final class StorageLoad {
    static final int SLICES = 3;

    static final StorageSettings SETTINGS = StorageSettings.DEFAULT
            .withSegmentBytes(256 << 10)
            .withTableBytes(256 << 10)
            .withReplayBytes(1 << 20)
            .withCapacity(1L << 40, 1 << 20)
            .withMemory(1 << 20, 8 << 20);

    private final Storage storage;
    private final OutputStream events;
    private final AtomicIntegerArray done = new AtomicIntegerArray(SLICES);

    private StorageLoad(Storage storage, OutputStream events) {
        this.storage = storage;
        this.events = events;
    }

    /** Arguments: the storage's directory, the file for what it tells, the seed. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path place = Path.of(arguments[0]);
        long seed = Long.parseLong(arguments[2]);
        Storage storage =
                Files.exists(place) ? XodusStorage.open(place, SETTINGS) : XodusStorage.create(place, SETTINGS);
        // Never closed: the process is killed.
        StorageLoad load = new StorageLoad(storage, new FileOutputStream(arguments[1]));
        load.tell("opened");
        List<Thread> threads = new ArrayList<>();
        for (int slice = 1; slice <= SLICES; slice++) {
            long number = slice;
            Thread thread = new Thread(() -> load.run(number, seed), "load " + slice);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    /** One write for each line, so that each is there whole although the process is killed. */
    private void tell(String event) throws IOException {
        events.write((event + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void run(long slice, long seed) {
        Random chance = new Random(seed ^ slice);
        try {
            StorageRecords records =
                    new StorageRecords(slice, seed, storage.tails().getOrDefault(slice, Version.NONE));
            while (true) {
                LogRecord record = records.next();
                tell("began " + slice);
                storage.append(record, Purpose.GROW);
                tell("ended " + slice);
                done.incrementAndGet((int) slice - 1);
                storage.commit(slice, record.version());
                if (chance.nextInt(20) == 0) {
                    sync();
                }
            }
        } catch (StorageException e) {
            // The disk is gone.
        } catch (IOException e) {
            throw new IllegalStateException("what happened cannot be told", e);
        }
    }

    private void sync() throws IOException {
        StringBuilder counts = new StringBuilder("synced");
        for (int i = 0; i < SLICES; i++) {
            counts.append(' ').append(done.get(i));
        }
        storage.sync();
        tell(counts.toString());
    }
}
