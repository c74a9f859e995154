package magma.dht.record;

import java.time.Instant;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Attributes;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.Limits;

/**
 * A flare's record. A directory's entry counts and times of entry changes are in its {@link Shard}s.
 *
 * @param links names that lead here; of a directory 1, or 0 when removed
 * @param change grows with each change
 * @param size bytes of content; of a symlink the length of its target
 * @param allocated bytes of content that are stored
 * @param special what only flares of this type have
 */
public record Flare(
        FlareType type,
        Rights rights,
        int links,
        Times times,
        long change,
        long size,
        long allocated,
        Special special) {
    /** The format version, the first byte of the record. */
    private static final int FORMAT = 1;

    /** What only flares of one type have. */
    public sealed interface Special {
        /** A regular file's. */
        record File(Content content) implements Special {}

        /** A directory's: where its entry is. The root is its own parent. */
        record Directory(Key parent) implements Special {}

        /** A symlink's target. */
        record Symlink(byte[] target) implements Special {}

        /** A device's number; 0 for fifos and sockets. */
        record Node(long device) implements Special {}
    }

    public Flare withRights(Rights newRights) {
        return new Flare(type, newRights, links, times, change, size, allocated, special);
    }

    public Flare withTimes(Times newTimes) {
        return new Flare(type, rights, links, newTimes, change, size, allocated, special);
    }

    /** The content of a file. @throws IllegalStateException when it is none */
    public Content content() {
        if (special instanceof Special.File file) {
            return file.content();
        }
        throw new IllegalStateException("a " + type + " has no content");
    }

    public boolean isDirectory() {
        return type == FlareType.DIRECTORY;
    }

    /** What stat shows, for all but directories. */
    public Attributes attributes(Key key) {
        long device = special instanceof Special.Node node ? node.device() : 0;
        return attributes(key, links, size, roundToBlock(allocated), device, times.modified(), times.changed(), change);
    }

    /** What stat shows of a directory, with all of its shards merged into {@code shards}. */
    public Attributes attributes(Key key, Shard shards) {
        int shown = links == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, shards.subdirectories() + 2);
        long bytes = shards.entries() * 32;
        Instant changed = later(times.changed(), shards.changed());
        return attributes(
                key, shown, bytes, roundToBlock(bytes), 0, shards.modified(), changed, change + shards.change());
    }

    private Attributes attributes(
            Key key, int shown, long bytes, long stored, long device, Instant modified, Instant changed, long version) {
        return new Attributes(
                key,
                type,
                rights.mode(),
                shown,
                rights.uid(),
                rights.gid(),
                bytes,
                stored,
                device,
                times.accessed(),
                modified,
                changed,
                times.created(),
                version);
    }

    public byte[] encode() {
        Encoder to = new Encoder(160).u8(FORMAT).type(type);
        write(to);
        return to.toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no flare */
    public static Flare decode(byte[] bytes) {
        return Decoder.decode("flare", bytes, from -> {
            RecordFormat.check("flare", from.u8(), FORMAT);
            return read(from.type(), from);
        });
    }

    private void write(Encoder to) {
        rights.write(to);
        to.i32(links);
        times.write(to);
        to.i64(change).i64(size).i64(allocated);
        if (special instanceof Special.File file) {
            file.content().write(to);
        } else if (special instanceof Special.Directory directory) {
            to.key(directory.parent());
        } else if (special instanceof Special.Symlink symlink) {
            to.bytes(symlink.target());
        } else if (special instanceof Special.Node node) {
            to.i64(node.device());
        }
    }

    private static Flare read(FlareType type, Decoder from) {
        Rights rights = Rights.read(from);
        int links = from.i32();
        Times times = Times.read(from);
        long change = from.i64();
        long size = from.i64();
        long allocated = from.i64();
        Special special = switch (type) {
            case FILE -> new Special.File(Content.read(from));
            case DIRECTORY -> new Special.Directory(from.key());
            case SYMLINK -> new Special.Symlink(from.bytes(Limits.SYMLINK_BYTES));
            case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> new Special.Node(from.i64());
        };
        return new Flare(type, rights, links, times, change, size, allocated, special);
    }

    private static long roundToBlock(long bytes) {
        return (Math.max(0, bytes) + 511) / 512 * 512;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
