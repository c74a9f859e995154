package magma.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/**
 * Fills a network with flares, or looks whether they are there: {@code Populate fill|check HOST:PORT COUNT}. A flare's number decides what it is: of eight, one
 * holds 1,000 bytes and one is a symlink; the others are empty files. A thousand lie in a directory.
 */
public final class Populate {
    private static final int PER_DIRECTORY = 1000;
    private static final int THREADS = 8;
    private static final int SAMPLES = 20_000;

    private final FileSystem fs;
    private final Caller caller = Caller.ROOT;
    private final AtomicLong done = new AtomicLong();

    private Populate(FileSystem fs) {
        this.fs = fs;
    }

    public static void main(String[] arguments)
            throws IOException, FsException, InterruptedException, ExecutionException {
        if (arguments.length != 3 || !List.of("fill", "check").contains(arguments[0])) {
            System.err.println("usage: Populate fill|check HOST:PORT COUNT");
            System.exit(2);
        }
        long count = Long.parseLong(arguments[2]);
        try (RemoteVolume volume = new RemoteVolume(RemoteSettings.of(NetAddress.parse(arguments[1])));
                FileSystem fs = volume.openSession("populate", change -> {})) {
            Populate populate = new Populate(fs);
            if (arguments[0].equals("fill")) {
                populate.fill(count);
            } else {
                populate.check(count);
            }
        }
    }

    private void fill(long count) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> under = new ArrayList<>();
            for (long first = 0; first < count; first += PER_DIRECTORY) {
                long from = first;
                under.add(threads.submit(() -> {
                    fillDirectory(from, Math.min(count, from + PER_DIRECTORY));
                    return null;
                }));
            }
            for (Future<?> each : under) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void fillDirectory(long from, long to) throws FsException {
        Key directory =
                fs.makeDirectory(caller, fs.root(), directory(from), 0755).key();
        for (long number = from; number < to; number++) {
            make(directory, number);
            long so = done.incrementAndGet();
            if (so % 100_000 == 0) {
                System.err.println("populate: " + so);
            }
        }
    }

    private void make(Key directory, long number) throws FsException {
        switch ((int) (number % 8)) {
            case 0 -> {
                try (OpenFile file = fs.create(
                                caller, directory, file(number), 0644, true, FileSystem.options(OpenOption.WRITE))
                        .file()) {
                    file.write(caller, ByteBuffer.wrap(content(number)), 0);
                }
            }
            case 1 -> fs.symlink(caller, directory, file(number), target(number));
            default -> fs.makeNode(caller, directory, file(number), FlareType.FILE, 0644, 0);
        }
    }

    /** Looks at a part of them, anywhere. */
    private void check(long count) throws FsException {
        Random random = new Random(count);
        for (int i = 0; i < SAMPLES; i++) {
            long number = random.nextLong(count);
            Key directory = fs.lookup(caller, fs.root(), directory(number)).key();
            Attributes found = fs.lookup(caller, directory, file(number));
            boolean right = switch ((int) (number % 8)) {
                case 0 -> Arrays.equals(read(found.key()), content(number));
                case 1 -> Arrays.equals(fs.readLink(found.key()), target(number));
                default -> found.type() == FlareType.FILE && found.size() == 0;
            };
            if (!right) {
                throw new IllegalStateException("flare " + number + " is not what it was made");
            }
        }
    }

    private byte[] read(Key flare) throws FsException {
        try (OpenFile file = fs.open(caller, flare, FileSystem.options(OpenOption.READ))) {
            ByteBuffer content = ByteBuffer.allocate(2000);
            int length = file.read(content, 0);
            return Arrays.copyOf(content.array(), Math.max(0, length));
        }
    }

    private static Name directory(long number) throws FsException {
        return Name.of("d" + number / PER_DIRECTORY);
    }

    private static Name file(long number) throws FsException {
        return Name.of("file-" + number);
    }

    private static byte[] content(long number) {
        byte[] content = new byte[1000];
        new Random(number).nextBytes(content);
        return content;
    }

    private static byte[] target(long number) {
        return ("../d0/file-" + number).getBytes(StandardCharsets.UTF_8);
    }
}
