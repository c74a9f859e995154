package magma.it.faults;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.OpenFile;
import org.jspecify.annotations.Nullable;

/**
 * One client of one round: changes registers that all share, appends to a log of its own, makes, renames and removes names of its own; and remembers all that was acknowledged. What failed may have
 * happened or not; its names are not used again.
 */
final class LoadClient implements Runnable {
    private static final long PAUSE_MILLIS = 4;
    private static final AtomicLong VALUES = new AtomicLong();

    private final String name;
    private final Files files;
    private final Gauge gauge;
    private final Registers registers;
    private final AtomicBoolean over;
    private final Random random;
    private final Map<String, List<String>> logs = new LinkedHashMap<>();
    private final Map<String, Boolean> names = new LinkedHashMap<>();
    private final List<String> torn = new ArrayList<>();
    private final List<String> leftovers = new ArrayList<>();
    private @Nullable OpenFile log;
    private List<String> logged = new ArrayList<>();
    private int made;

    LoadClient(String name, Files files, Gauge gauge, Registers registers, AtomicBoolean over, long seed) {
        this.name = name;
        this.files = files;
        this.gauge = gauge;
        this.registers = registers;
        this.over = over;
        this.random = new Random(seed);
    }

    Gauge gauge() {
        return gauge;
    }

    /** The lines that each log must begin with; one more may follow. */
    Map<String, List<String>> logs() {
        return logs;
    }

    /** Which names must be there, and which not. */
    Map<String, Boolean> names() {
        return names;
    }

    /** Names of which it is not known. */
    List<String> leftovers() {
        return leftovers;
    }

    /** Contents that nobody wrote so. */
    List<String> torn() {
        return torn;
    }

    @Override
    public void run() {
        try {
            while (!over.get()) {
                int kind = random.nextInt(100);
                int register = random.nextInt(Registers.COUNT);
                if (kind < 35) {
                    read(register);
                } else if (kind < 55) {
                    replace(register);
                } else if (kind < 62) {
                    remove(register);
                } else if (kind < 70) {
                    create(register);
                } else if (kind < 85) {
                    append();
                } else {
                    name();
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
            closeLog();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void called(int register, Call.Kind kind, long value, boolean done, long invoked, long returned) {
        registers.happened(register, new Call(kind, value, done, invoked, returned, name));
        if (returned != Call.NEVER && kind != Call.Kind.READ && done) {
            gauge.acknowledged();
        }
    }

    private void read(int register) {
        long invoked = System.nanoTime();
        for (int attempt = 0; attempt < 20; attempt++) {
            long began = System.nanoTime();
            try {
                ByteBuffer content = files.read(Registers.name(register));
                long value = Content.value(content);
                if (value < 0) {
                    torn.add(name + " read " + content.remaining() + " bytes of " + Registers.name(register)
                            + " that nobody wrote");
                    return;
                }
                called(register, Call.Kind.READ, value, true, invoked, System.nanoTime());
                return;
            } catch (FsException e) {
                if (e.errno() == Errno.ENOENT && isMissing(register)) {
                    called(register, Call.Kind.READ, 0, true, began, System.nanoTime());
                    return;
                } else if (e.errno() != Errno.ENOENT && e.errno() != Errno.ESTALE) {
                    return;
                }
            }
        }
    }

    /** Whether it is the name that is not there; what it led to may have gone instead. */
    private boolean isMissing(int register) {
        try {
            return !files.exists(Registers.name(register));
        } catch (FsException e) {
            return false;
        }
    }

    private long value() {
        return VALUES.incrementAndGet();
    }

    private void replace(int register) {
        long value = value();
        String temporary = "new-" + value;
        try {
            magma.fs.Key unused = files.write(temporary, Content.of(value));
            gauge.acknowledged();
        } catch (FsException e) {
            leftovers.add(temporary);
            return;
        }
        long invoked = System.nanoTime();
        try {
            files.rename(temporary, Registers.name(register));
            called(register, Call.Kind.REPLACE, value, true, invoked, System.nanoTime());
        } catch (FsException e) {
            leftovers.add(temporary);
            called(register, Call.Kind.REPLACE, value, true, invoked, Call.NEVER);
        }
    }

    private void create(int register) {
        long value = value();
        String temporary = "new-" + value;
        leftovers.add(temporary);
        magma.fs.Key flare;
        try {
            flare = files.write(temporary, Content.of(value));
            gauge.acknowledged();
        } catch (FsException e) {
            return;
        }
        long invoked = System.nanoTime();
        try {
            files.link(flare, Registers.name(register));
            called(register, Call.Kind.CREATE, value, true, invoked, System.nanoTime());
        } catch (FsException e) {
            boolean known = e.errno() == Errno.EEXIST;
            called(register, Call.Kind.CREATE, value, false, invoked, known ? System.nanoTime() : Call.NEVER);
        }
        try {
            files.unlink(temporary);
        } catch (FsException e) {
            // It is among the leftovers.
        }
    }

    private void remove(int register) {
        long invoked = System.nanoTime();
        try {
            files.unlink(Registers.name(register));
            called(register, Call.Kind.REMOVE, 0, true, invoked, System.nanoTime());
        } catch (FsException e) {
            boolean known = e.errno() == Errno.ENOENT;
            called(register, Call.Kind.REMOVE, 0, false, invoked, known ? System.nanoTime() : Call.NEVER);
        }
    }

    private void append() {
        try {
            if (log == null) {
                String path = name + "-log-" + made++;
                leftovers.add(path);
                log = files.create(path).file();
                logged = new ArrayList<>();
                logs.put(path, logged);
                gauge.acknowledged();
            }
            String line = name + " " + logged.size() + " " + "x".repeat(random.nextInt(300)) + "\n";
            files.append(log, ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
            logged.add(line);
            gauge.acknowledged();
        } catch (FsException e) {
            closeLog();
        }
    }

    private void closeLog() {
        OpenFile open = log;
        log = null;
        if (open != null) {
            try {
                open.close();
            } catch (FsException e) {
                // All that counts was synced.
            }
        }
    }

    private void name() {
        String first = name + "-name-" + made++;
        String second = name + "-name-" + made++;
        leftovers.add(first);
        leftovers.add(second);
        try {
            magma.fs.Key unused = files.write(first, ByteBuffer.wrap(first.getBytes(StandardCharsets.US_ASCII)));
            names.put(first, true);
            gauge.acknowledged();
            names.remove(first);
            files.rename(first, second);
            names.put(first, false);
            names.put(second, true);
            gauge.acknowledged();
            if (random.nextBoolean()) {
                names.remove(second);
                files.unlink(second);
                names.put(second, false);
                gauge.acknowledged();
            }
        } catch (FsException e) {
            // What was under way is not among the names.
        }
    }
}
