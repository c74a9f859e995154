package magma.it.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** What befalls a vulcano, and how it is mended. */
enum Fault {
    /** kill -9. */
    KILL(3) {
        @Override
        void strike(Lab lab, int victim, Random random) {
            lab.at(victim).kill();
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.at(victim).start();
        }
    },
    /** It stands still for longer than the lease and the grace, and goes on. */
    HANG(7) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.signal(victim, "STOP");
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.signal(victim, "CONT");
        }
    },
    /** Either what it sends to the others is lost, or what they send to it; clients reach it. */
    CUT1(7) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            outgoing = random.nextBoolean();
            for (int other : others(victim)) {
                lab.spaces().block(outgoing ? victim : other, outgoing ? other : victim);
            }
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            for (int other : others(victim)) {
                lab.spaces().unblock(outgoing ? victim : other, outgoing ? other : victim);
            }
        }
    },
    /** It and the others lose each other; clients reach all, or all but it. */
    CUT2(7) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            unplugged = random.nextInt(3) == 0;
            if (unplugged) {
                lab.spaces().unplug(victim);
                return;
            }
            for (int other : others(victim)) {
                lab.spaces().block(victim, other);
                lab.spaces().block(other, victim);
            }
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            if (unplugged) {
                lab.spaces().plug(victim);
                return;
            }
            for (int other : others(victim)) {
                lab.spaces().unblock(victim, other);
                lab.spaces().unblock(other, victim);
            }
        }
    },
    /** Its disk takes no more. */
    FULL(6) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.fill(victim);
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            java.nio.file.Files.delete(lab.filler(victim));
            if (!lab.at(victim).isRunning()) {
                lab.at(victim).start();
            }
        }
    },
    /** It is killed, and its data directory is gone; it is expelled, and a new one joins. */
    LOST(2) {
        @Override
        void strike(Lab lab, int victim, Random random) {
            lab.at(victim).kill();
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.replace(victim, others(victim).get(0));
        }
    },
    /** It is stopped in order, and started. */
    STOP(1) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            int status = lab.at(victim).stop();
            if (status != 0) {
                throw new IOException("a vulcano that was stopped in order ended with " + status);
            }
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            lab.at(victim).start();
        }
    },
    /** All end, in order or not, and are started in any order. */
    RESTART(0) {
        @Override
        void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException {
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
        }

        @Override
        void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException {
            List<Integer> order = shuffled(random);
            for (int slot : order) {
                lab.at(slot).begin(List.of());
            }
            for (int slot : order) {
                lab.at(slot).awaitReady();
            }
        }
    };

    private final int seconds;

    /** How the fault that has struck is to be mended. */
    boolean outgoing;

    boolean unplugged;

    Fault(int seconds) {
        this.seconds = seconds;
    }

    /** How long it lasts at least. */
    int seconds() {
        return seconds;
    }

    /** Whether the victim's clients can be watched while it lasts. */
    boolean leavesVictimRunning() {
        return this == HANG || this == CUT1 || this == CUT2 || this == FULL;
    }

    abstract void strike(Lab lab, int victim, Random random) throws IOException, InterruptedException;

    abstract void heal(Lab lab, int victim, Random random) throws IOException, InterruptedException;

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
