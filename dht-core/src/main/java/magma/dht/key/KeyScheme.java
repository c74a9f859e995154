package magma.dht.key;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import magma.fs.Key;
import magma.fs.Name;

/**
 * How keys are made.
 *
 * <pre>
 *   root              SHA1("magma" | network id)
 *   directory D       SHA1(parent | name | nonce)
 *   window W(D)       the keys that begin with the first 8 bytes of D
 *   entry (D, name)   W(D) | SHA1(D | name)[0..12)
 *   other flare F     W(birth directory) | SHA1(parent | name | nonce)[0..12)
 *   chunk i of F      SHA1("data" | F | i / 16)[0..8) | i % 16 (4 bytes) | SHA1(F)[0..8)
 * </pre>
 *
 * Chunks of a group of 16 differ in bytes 8 to 12 only, so they lie together.
 */
public final class KeyScheme {
    /** Length of the nonce that makes two births of one name two keys. */
    public static final int NONCE_BYTES = 16;

    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MAGMA = "magma".getBytes(StandardCharsets.US_ASCII);
    private static final int GROUP_BITS = 4;

    /** So many chunks of a file, the first of which has an index that this divides, lie together. */
    public static final int GROUP_CHUNKS = 1 << GROUP_BITS;

    private final KeyFunction function;

    public KeyScheme(KeyFunction function) {
        this.function = function;
    }

    public Key root(UUID network) {
        ByteBuffer input = ByteBuffer.allocate(MAGMA.length + 16);
        input.put(MAGMA).putLong(network.getMostSignificantBits()).putLong(network.getLeastSignificantBits());
        return Key.of(function.digest(input.array()));
    }

    /** The key of a new directory; uniformly spread. */
    public Key directory(Key parent, Name name, byte[] nonce) {
        return Key.of(function.digest(birth(parent, name, nonce)));
    }

    /** The key of a new flare that is no directory; in its birth directory's window. */
    public Key flare(Key parent, Name name, byte[] nonce) {
        return inWindow(parent, function.digest(birth(parent, name, nonce)));
    }

    /** Where the entry {@code name} of {@code directory} is. */
    public Key entry(Key directory, Name name) {
        ByteBuffer input = ByteBuffer.allocate(Key.BYTES + name.length());
        directory.write(input);
        input.put(name.bytes());
        return inWindow(directory, function.digest(input.array()));
    }

    /** Where chunk {@code index} of {@code flare}'s content is, if it does not lie beside the flare. */
    public Key chunk(Key flare, long index) {
        ByteBuffer input = ByteBuffer.allocate(DATA.length + Key.BYTES + 8);
        input.put(DATA);
        flare.write(input);
        input.putLong(index >> GROUP_BITS);
        long group = ByteBuffer.wrap(function.digest(input.array())).getLong();
        long own = ByteBuffer.wrap(function.digest(flare.bytes())).getLong();
        int within = (int) index & (1 << GROUP_BITS) - 1;
        return new Key(group, (long) within << 32 | own >>> 32, (int) own);
    }

    /** The first key of a directory's window. */
    public static Key windowFirst(Key directory) {
        return new Key(directory.high(), 0, 0);
    }

    /** The last key of a directory's window, included. */
    public static Key windowLast(Key directory) {
        return new Key(directory.high(), -1, -1);
    }

    private static byte[] birth(Key parent, Name name, byte[] nonce) {
        ByteBuffer input = ByteBuffer.allocate(Key.BYTES + name.length() + nonce.length);
        parent.write(input);
        return input.put(name.bytes()).put(nonce).array();
    }

    private static Key inWindow(Key directory, byte[] digest) {
        ByteBuffer bytes = ByteBuffer.wrap(digest);
        return new Key(directory.high(), bytes.getLong(), bytes.getInt());
    }
}
