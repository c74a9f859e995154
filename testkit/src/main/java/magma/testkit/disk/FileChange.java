package magma.testkit.disk;

import java.nio.ByteBuffer;
import java.util.Random;
import magma.testkit.fs.Pages;

/** A change of a file's content that no sync has covered. */
sealed interface FileChange {
    /** What a disk writes whole or not at all, bytes. */
    int SECTOR_BYTES = 512;

    void apply(Pages content);

    /** Leaves on {@code content} what the disk had time for: by chance all of it, nothing, or where it can be torn, some sectors. */
    default void survive(Pages content, Random random, double chance) {
        if (random.nextDouble() < chance) {
            apply(content);
        }
    }

    /** A write. The array is not changed later. */
    record Write(long offset, byte[] bytes) implements FileChange {
        @Override
        public void apply(Pages content) {
            content.write(ByteBuffer.wrap(bytes), offset);
        }

        @Override
        public void survive(Pages content, Random random, double chance) {
            if (random.nextBoolean()) {
                FileChange.super.survive(content, random, chance);
                return;
            }
            long end = offset + bytes.length;
            for (long at = offset; at < end; ) {
                long next = Math.min(end, (at / SECTOR_BYTES + 1) * SECTOR_BYTES);
                if (random.nextDouble() < chance) {
                    content.write(ByteBuffer.wrap(bytes, (int) (at - offset), (int) (next - at)), at);
                }
                at = next;
            }
        }
    }

    /** The file got this size, bytes. */
    record Resize(long size) implements FileChange {
        @Override
        public void apply(Pages content) {
            content.resize(size);
        }
    }

    /** The file got at least this size, bytes. */
    record Grow(long size) implements FileChange {
        @Override
        public void apply(Pages content) {
            if (content.size() < size) {
                content.resize(size);
            }
        }
    }

    /** A hole of {@code length} bytes was made. */
    record Punch(long offset, long length) implements FileChange {
        @Override
        public void apply(Pages content) {
            content.punch(offset, length);
        }
    }
}
