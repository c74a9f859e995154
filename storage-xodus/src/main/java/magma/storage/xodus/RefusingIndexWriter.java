package magma.storage.xodus;

import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.AbstractDataWriter;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataReader;
import jetbrains.exodus.io.RemoveBlockType;

/**
 * What Xodus writes with where an index is opened to be read: nothing reaches the disk. When Xodus opens files that a crash left it cuts off their end; here
 * it only leaves that unread. Xodus's lock is not taken, as the storage's own keeps writers out.
 */
final class RefusingIndexWriter extends AbstractDataWriter {
    private final DataReader reader;

    RefusingIndexWriter(DataReader reader) {
        this.reader = reader;
    }

    private ExodusException refusal() {
        return new ExodusException(reader.getLocation() + " is opened to be read only");
    }

    @Override
    public Block write(byte[] bytes, int offset, int length) {
        throw refusal();
    }

    @Override
    protected Block openOrCreateBlockImpl(long address, long length) {
        for (Block block : reader.getBlocks(address)) {
            if (block.getAddress() == address) {
                return new Begin(block, length);
            }
        }
        throw refusal();
    }

    /** The first bytes of a block. */
    private record Begin(Block block, long length) implements Block {
        @Override
        public long getAddress() {
            return block.getAddress();
        }

        @Override
        public int read(byte[] to, long position, int offset, int count) {
            return block.read(to, position, offset, (int) Math.min(count, length - position));
        }

        @Override
        public Block refresh() {
            return this;
        }
    }

    @Override
    public void removeBlock(long address, RemoveBlockType type) {
        // Xodus forgets the block, and the file stays.
    }

    @Override
    public void truncateBlock(long address, long length) {
        // Xodus opens the block next, with this length.
    }

    @Override
    protected void clearImpl() {
        throw refusal();
    }

    @Override
    protected void syncImpl() {
        // Nothing was written.
    }

    @Override
    protected void closeImpl() {
        // Nothing is open.
    }

    @Override
    public boolean lock(long timeout) {
        return true;
    }

    @Override
    public boolean release() {
        return true;
    }

    @Override
    public String lockInfo() {
        return "";
    }
}
