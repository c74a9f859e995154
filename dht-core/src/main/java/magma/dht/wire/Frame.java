package magma.dht.wire;

import java.nio.ByteBuffer;

/**
 * The fixed head of a frame: 16 bytes, big-endian.
 *
 * <pre>
 * 0   4  length   bytes that follow this field: {@value #MIN_LENGTH} to {@value #MAX_LENGTH}
 * 4   2  type     of the message, see {@link Codecs}
 * 6   1  version  of this protocol, {@value #VERSION}; the layout of these 16 bytes and of Hello and Refused never changes
 * 7   1  zero
 * 8   8  id       of the request: a reply bears that of its request; 0 where there is none
 * 16  .. body
 * </pre>
 *
 * @param length as on the wire
 * @param type unsigned 16 bits
 * @param version unsigned 8 bits
 */
public record Frame(int length, int type, int version, long id) {
    /** The version of this protocol that this build speaks. */
    public static final int VERSION = 1;

    /** Bytes of the head. */
    public static final int HEAD_BYTES = 16;

    /** Bytes of the length field, which does not count itself. */
    public static final int LENGTH_BYTES = 4;

    /** The length of a frame without body. */
    public static final int MIN_LENGTH = HEAD_BYTES - LENGTH_BYTES;

    /** The most content that one read or write carries. */
    public static final int CONTENT_BYTES = 1 << 20;

    /** The longest frame of a client: content of 1 MiB and 64 KiB for all else. */
    public static final int CLIENT_LENGTH = CONTENT_BYTES + (64 << 10);

    /** The longest frame: between vulcanos. */
    public static final int MAX_LENGTH = 8 << 20;

    /** The longest body. */
    public static final int MAX_BODY = MAX_LENGTH - MIN_LENGTH;

    /** Writes the head of a frame with a body of {@code body} bytes. */
    public static void writeHead(ByteBuffer to, int body, int type, long id) {
        if (body < 0 || body > MAX_BODY) {
            throw new IllegalArgumentException("a body of " + body + " bytes");
        }
        to.putInt(MIN_LENGTH + body)
                .putShort((short) type)
                .put((byte) VERSION)
                .put((byte) 0)
                .putLong(id);
    }

    /** Checks a length before anything is allocated for it. */
    public static int checkLength(int length) throws MalformedFrameException {
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            throw new MalformedFrameException(
                    "a frame of length " + Integer.toUnsignedString(length) + "; is this a Magma peer?");
        }
        return length;
    }

    /** Reads the head; the buffer must be big-endian and hold all 16 bytes. */
    public static Frame readHead(ByteBuffer from) throws MalformedFrameException {
        int length = checkLength(from.getInt());
        int type = Short.toUnsignedInt(from.getShort());
        int version = Byte.toUnsignedInt(from.get());
        int zero = from.get();
        if (version == VERSION && zero != 0) {
            throw new MalformedFrameException("byte 7 of a frame's head is " + zero + " where 0 must be");
        }
        return new Frame(length, type, version, from.getLong());
    }
}
