package magma.it.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What befalls a vulcano, and how it is mended. */
enum Fault {
    /** kill -9. */
    KILL(1) {
        @Override
        Mending strike(Lab lab, int victim, Random random) {
            lab.at(victim).kill();
            return () -> lab.at(victim).start();
        }
    },
    /** kill -9, and it lacks what is written in half a minute when it comes back. */
    AWAY(30) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            return KILL.strike(lab, victim, random);
        }
    },
    /** It stands still for longer than the lease and the grace, and goes on. */
    HANG(6) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.signal(victim, "STOP");
            return () -> lab.signal(victim, "CONT");
        }
    },
    /** Either what it sends to the others is lost, or what they send to it; clients reach it. */
    CUT1(6) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            boolean outgoing = random.nextBoolean();
            for (int other : others(victim)) {
                lab.spaces().block(outgoing ? victim : other, outgoing ? other : victim);
            }
            return () -> {
                for (int other : others(victim)) {
                    lab.spaces().unblock(outgoing ? victim : other, outgoing ? other : victim);
                }
            };
        }
    },
    /** It and the others lose each other; clients reach all, or all but it. */
    CUT2(6) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            if (random.nextInt(3) == 0) {
                lab.spaces().unplug(victim);
                return () -> lab.spaces().plug(victim);
            }
            for (int other : others(victim)) {
                lab.spaces().block(victim, other);
                lab.spaces().block(other, victim);
            }
            return () -> {
                for (int other : others(victim)) {
                    lab.spaces().unblock(victim, other);
                    lab.spaces().unblock(other, victim);
                }
            };
        }
    },
    /** Its disk takes no more. */
    FULL(5) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.fill(victim);
            return () -> {
                java.nio.file.Files.delete(lab.filler(victim));
                if (!lab.at(victim).isRunning()) {
                    lab.at(victim).start();
                }
            };
        }
    },
    /** It is killed, and its data directory is gone; it is expelled, and a new one joins. */
    LOST(1) {
        @Override
        Mending strike(Lab lab, int victim, Random random) {
            lab.at(victim).kill();
            return () -> lab.replace(victim, others(victim).get(0));
        }
    },
    /** It is stopped in order, and started. */
    STOP(1) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            int status = lab.at(victim).stop();
            if (status != 0) {
                throw new IOException("a vulcano that was stopped in order ended with " + status);
            }
            return () -> lab.at(victim).start();
        }
    },
    /** All end, in order or not, and are started in any order. */
    RESTART(0) {
        @Override
        Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            boolean inOrder = random.nextBoolean();
            for (int slot : shuffled(random)) {
                if (inOrder) {
                    lab.at(slot).askToStop();
                } else {
                    lab.signal(slot, "KILL");
                }
            }
            for (int slot = 0; slot < Lab.SIZE; slot++) {
                int unused = lab.at(slot).awaitEnd();
            }
            List<Integer> order = shuffled(random);
            return () -> {
                for (int slot : order) {
                    lab.at(slot).begin(List.of());
                }
                for (int slot : order) {
                    lab.at(slot).awaitReady();
                }
            };
        }
    };

    /** How a fault that has struck is mended. */
    interface Mending {
        void mend() throws IOException, InterruptedException;
    }

    private final int seconds;

    Fault(int seconds) {
        this.seconds = seconds;
    }

    /** How long it lasts at least. */
    int seconds() {
        return seconds;
    }

    /** Whether the vulcano runs and lacks the others. */
    boolean isCut() {
        return this == CUT1 || this == CUT2;
    }

    abstract Mending strike(Lab lab, int victim, Random random) throws IOException, InterruptedException;

    private static List<Integer> others(int victim) {
        List<Integer> others = new ArrayList<>();
        for (int slot = 0; slot < Lab.SIZE; slot++) {
            if (slot != victim) {
                others.add(slot);
            }
        }
        return others;
    }

    private static List<Integer> shuffled(Random random) {
        List<Integer> slots = new ArrayList<>(others(-1));
        Collections.shuffle(slots, random);
        return slots;
    }
}
