package magma.vulcano;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import magma.dht.council.CouncilState;
import magma.dht.fsck.Fsck;
import magma.dht.record.Records;
import magma.dht.replication.SliceConfig;
import magma.dht.slice.Slice;
import magma.dht.wire.Reply;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Volume;

/** The network's filesystem at one of its vulcanos. */
final class NodeStore implements Store {
    private static final long NOT_COUNTED = -1;

    private final LavaNode node;
    private final Key root;

    NodeStore(LavaNode node, Key root) {
        this.node = node;
        this.root = root;
    }

    @Override
    public Volume volume() {
        return node.front();
    }

    @Override
    public List<Reply.SliceStatus> slices() {
        CouncilState state = node.council().state();
        List<Reply.SliceStatus> list = new ArrayList<>();
        for (Slice slice : state.map().slices()) {
            SliceConfig config = state.slices().get(slice.number());
            if (config != null && config.replicas().contains(node.id())) {
                String role = config.primary().equals(node.id()) ? "primary" : "backup";
                list.add(new Reply.SliceStatus(
                        slice.number(), slice.first(), slice.last(), config.epoch(), role, NOT_COUNTED));
            }
        }
        return list;
    }

    @Override
    public Space space() throws FsException {
        magma.dht.storage.Space space = node.slices().space();
        return new Space(
                node.slices().flares(), space.used(), Math.max(0, space.total() - space.used()), space.available());
    }

    @Override
    public Reply.Findings check() throws FsException {
        return Findings.of(Fsck.run(node.slices(), Volumes.KEYS, root));
    }

    @Override
    public Reply.Places locate(byte[] path) throws FsException {
        return new Locator(node.front(), node.slices(), new Records(Volumes.KEYS)).locate(path);
    }

    @Override
    public void flush() throws FsException {
        try (FileSystem session = node.front().openSession("flush", ChangeListener.NONE)) {
            session.syncAll();
        }
    }

    @Override
    public void close() throws IOException {
        node.close();
    }
}
