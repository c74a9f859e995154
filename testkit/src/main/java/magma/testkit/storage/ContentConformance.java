package magma.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.Visibility;
import org.junit.jupiter.api.Test;

/** The part of {@link StorageConformance} that is about the content of chunks. */
abstract class ContentConformance extends StorageFixture {
    @Test
    void contentThatWasNeverWrittenReadsAsZeros() throws Exception {
        assertThat(read(1, 1, 0, 100)).isEqualTo(new byte[100]);
        assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL)).isEmpty();
        write(1, 1, content(1, 500, 0, random(10, 1)));
        byte[] expected = new byte[1000];
        System.arraycopy(random(10, 1), 0, expected, 500, 10);
        assertThat(read(1, 1, 0, 1000)).isEqualTo(expected);
        assertThat(read(1, 1, CHUNK - 7, 7)).isEqualTo(new byte[7]);
        assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL)).containsExactly(new Run(500, 510));
    }

    @Test
    void wholeChunksAreKept() throws Exception {
        byte[] data = random(CHUNK, 1);
        ByteBuffer direct = ByteBuffer.allocateDirect(CHUNK + 20);
        direct.position(13).put(data).flip().position(13);
        write(1, 1, new Mutation.Write(id(1, CONTENT, 1), 0, 0, direct));
        assertThat(direct.position()).isEqualTo(13);
        assertThat(read(1, 1, 0, CHUNK)).isEqualTo(data);
        restartAlone();
        assertThat(read(1, 1, 0, CHUNK)).isEqualTo(data);
    }

    @Test
    void dataBuffersMayBeReusedOnceAppendReturned() throws Exception {
        byte[] data = random(20_000, 1);
        ByteBuffer buffer = ByteBuffer.wrap(data.clone());
        append(1, 1, new Mutation.Write(id(1, CONTENT, 1), 3, 0, buffer));
        Arrays.fill(buffer.array(), (byte) 1);
        storage.commit(1, version(1));
        assertThat(read(1, 1, 3, 20_000)).isEqualTo(data);
    }

    @Test
    void readsFillTheBufferFromPositionToLimit() throws Exception {
        byte[] data = random(50_000, 1);
        write(1, 1, content(1, 100, 0, data));
        for (ByteBuffer to : List.of(ByteBuffer.allocate(40_000), ByteBuffer.allocateDirect(40_000))) {
            to.position(11).limit(30_011);
            storage.readContent(id(1, CONTENT, 1), 1_100, to, Visibility.ALL);
            assertThat(to.position()).isEqualTo(30_011);
            assertThat(to.limit()).isEqualTo(30_011);
            byte[] got = new byte[30_000];
            to.position(11).get(got);
            assertThat(got).isEqualTo(Arrays.copyOfRange(data, 1_000, 31_000));
            to.clear();
            assertThat(to.get(10)).isZero();
            assertThat(to.get(30_011)).isZero();
        }
        storage.readContent(id(1, CONTENT, 1), 0, ByteBuffer.allocate(0), Visibility.ALL);
    }

    @Test
    void holesOverwriteWhatWasInTheBuffer() throws Exception {
        write(1, 1, content(1, 10, 0, random(10, 1)));
        ByteBuffer to = ByteBuffer.wrap(random(30, 2));
        storage.readContent(id(1, CONTENT, 1), 0, to, Visibility.ALL);
        byte[] expected = new byte[30];
        System.arraycopy(random(10, 1), 0, expected, 10, 10);
        assertThat(to.array()).isEqualTo(expected);
    }

    @Test
    void readsOutsideOfAChunkAreRefused() {
        assertThatThrownBy(() -> read(1, 1, -1, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(1, 1, CHUNK - 9, 10)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void truncationOfAFileIsSeenThroughVisibility() throws Exception {
        write(1, 1, content(1, 0, 0, random(3000, 1)));
        write(1, 2, content(1, 2000, 1, random(500, 2)));
        Visibility cut = generation -> generation == 0 ? 1000 : CHUNK;
        assertThat(storage.runs(id(1, CONTENT, 1), cut)).containsExactly(new Run(0, 1000), new Run(2000, 2500));
        assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL)).containsExactly(new Run(0, 3000));
        assertThat(storage.runs(id(1, CONTENT, 1), generation -> 0)).isEmpty();
        ByteBuffer to = ByteBuffer.allocate(3000);
        storage.readContent(id(1, CONTENT, 1), 0, to, cut);
        byte[] expected = new byte[3000];
        System.arraycopy(random(3000, 1), 0, expected, 0, 1000);
        System.arraycopy(random(500, 2), 0, expected, 2000, 500);
        assertThat(to.array()).isEqualTo(expected);
    }

    @Test
    void aChunkWithoutContentIsGone() throws Exception {
        write(1, 1, content(1, 100, 0, random(100, 1)));
        write(1, 2, new Mutation.Punch(id(1, CONTENT, 1), 0, 150));
        assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL)).containsExactly(new Run(150, 200));
        write(1, 3, new Mutation.Punch(id(1, CONTENT, 1), 150, CHUNK));
        assertThat(storage.get(id(1, CONTENT, 1))).isNull();
        assertThat(storage.scan(FIRST, LAST, 10)).isEmpty();
        assertThat(read(1, 1, 0, 300)).isEqualTo(new byte[300]);
        restartAlone();
        assertThat(storage.scan(FIRST, LAST, 10)).isEmpty();
    }

    @Test
    void aDeletedChunkStartsAnew() throws Exception {
        write(1, 1, content(1, 0, 0, random(9000, 1)));
        write(1, 2, new Mutation.Delete(id(1, CONTENT, 1)));
        assertThat(storage.get(id(1, CONTENT, 1))).isNull();
        write(1, 3, content(1, 4000, 0, random(1000, 2)));
        restartAlone();
        byte[] expected = new byte[9000];
        System.arraycopy(random(1000, 2), 0, expected, 4000, 1000);
        assertThat(read(1, 1, 0, 9000)).isEqualTo(expected);
        storage = reopen(closed(storage));
        assertThat(read(1, 1, 0, 9000)).isEqualTo(expected);
    }

    @Test
    void randomOverwritesAndPunchesAreAsOnAPlainArray() throws Exception {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            byte[] model = new byte[CHUNK];
            boolean[] there = new boolean[CHUNK];
            long slice = 100 + seed;
            for (int step = 1; step <= 120; step++) {
                int from = step % 3 == 0 ? random.nextInt(CHUNK) : random.nextInt(200_000);
                int to = Math.min(CHUNK, from + 1 + random.nextInt(step % 7 == 0 ? 300_000 : 30_000));
                if (random.nextInt(4) == 0) {
                    write(slice, step, new Mutation.Punch(id(slice, CONTENT, 1), from, to));
                    Arrays.fill(model, from, to, (byte) 0);
                    Arrays.fill(there, from, to, false);
                } else {
                    byte[] data = new byte[to - from];
                    random.nextBytes(data);
                    write(slice, step, content(slice, from, 0, data));
                    System.arraycopy(data, 0, model, from, data.length);
                    Arrays.fill(there, from, to, true);
                }
                if (step % 40 == 0) {
                    if (step % 80 == 0) {
                        restartAlone();
                    } else {
                        storage = reopen(closed(storage));
                    }
                }
                int start = random.nextInt(CHUNK);
                int length = random.nextInt(Math.min(100_000, CHUNK - start) + 1);
                assertThat(read(slice, 1, start, length))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(Arrays.copyOfRange(model, start, start + length));
            }
            assertThat(read(slice, 1, 0, CHUNK)).as("seed %d", seed).isEqualTo(model);
            assertThat(storage.runs(id(slice, CONTENT, 1), Visibility.ALL))
                    .as("seed %d", seed)
                    .isEqualTo(runs(there));
        }
    }

    private static List<Run> runs(boolean[] there) {
        List<Run> runs = new ArrayList<>();
        int from = -1;
        for (int i = 0; i <= there.length; i++) {
            boolean set = i < there.length && there[i];
            if (set && from < 0) {
                from = i;
            } else if (!set && from >= 0) {
                runs.add(new Run(from, i));
                from = -1;
            }
        }
        return runs;
    }
}
