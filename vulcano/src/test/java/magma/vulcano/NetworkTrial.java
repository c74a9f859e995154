package magma.vulcano;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import magma.dht.slice.SliceMap;
import magma.fs.*;
import magma.testkit.storage.MemoryStorage;

final class NetworkTrial {
    public static void main(String[] args) throws Exception {
        Path dir = Files.createTempDirectory("trial");
        long t0 = System.nanoTime();
        try (TestNetwork net = new TestNetwork(dir, SliceMap.even(16), () -> new MemoryStorage(1L << 30, 1 << 20))) {
            LavaNode a = net.add();
            System.err.println("A up " + (System.nanoTime() - t0) / 1_000_000);
            FileSystem s1 = a.front().openSession("one", ChangeListener.NONE);
            write(s1, "hello", 100);
            LavaNode b = net.add();
            System.err.println("B up " + (System.nanoTime() - t0) / 1_000_000);
            LavaNode c = net.add();
            System.err.println("C up " + (System.nanoTime() - t0) / 1_000_000);
            for (int i = 0; i < 100; i++) {
                long full = a.council().state().slices().values().stream()
                        .filter(x -> x.inSync().size() == 3)
                        .count();
                System.err.println("in sync x3: " + full + " led by a "
                        + a.replicas().led().size() + " b " + b.replicas().led().size() + " c "
                        + c.replicas().led().size());
                if (full == 16 && a.replicas().led().size() < 7) break;
                Thread.sleep(300);
            }
            FileSystem s2 = b.front().openSession("two", ChangeListener.NONE);
            System.err.println(read(s2, "hello"));
            long t = System.nanoTime();
            for (int i = 0; i < 200; i++) write(s2, "f" + i, 3000);
            System.err.println("200 files in ms " + (System.nanoTime() - t) / 1_000_000);
            t = System.nanoTime();
            for (int i = 0; i < 200; i++) write(s2, "g" + i, 3000);
            System.err.println("200 files in ms " + (System.nanoTime() - t) / 1_000_000);
            System.err.println(read(s1, "f7"));
            t = System.nanoTime();
            write(s2, "big", 20 << 20);
            System.err.println("20 MiB in ms " + (System.nanoTime() - t) / 1_000_000);
            System.err.println(read(s1, "big"));
        }
    }

    static void write(FileSystem fs, String name, int bytes) throws Exception {
        FileSystem.Created c = fs.create(
                Caller.ROOT,
                fs.root(),
                Name.of(name.getBytes()),
                0644,
                false,
                Set.of(OpenOption.READ, OpenOption.WRITE));
        ByteBuffer data = ByteBuffer.allocate(1 << 20);
        int at = 0;
        while (at < bytes) {
            data.clear().limit(Math.min(data.capacity(), bytes - at));
            at += c.file().write(Caller.ROOT, data, at);
        }
        c.file().close();
    }

    static String read(FileSystem fs, String name) throws Exception {
        Attributes a = fs.lookup(Caller.ROOT, fs.root(), Name.of(name.getBytes()));
        OpenFile f = fs.open(Caller.ROOT, a.key(), Set.of(OpenOption.READ));
        ByteBuffer to = ByteBuffer.allocate(1 << 20);
        long n = 0;
        int r;
        do {
            to.clear();
            r = f.read(to, n);
            n += r;
        } while (r > 0);
        f.close();
        return name + " " + a.size() + " read " + n;
    }
}
