package magma.storage.xodus;

import java.util.Arrays;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** Bytes in the making. Fixed numbers are big-endian; a varint has seven bits a byte, lowest first, the top bit set on all but the last. */
final class ByteWriter {
    private byte[] bytes = new byte[512];
    private int length;

    void clear() {
        length = 0;
        if (bytes.length > 1 << 20) {
            bytes = new byte[512];
        }
    }

    int length() {
        return length;
    }

    /** The bytes so far, and then some. Not a copy. */
    byte[] array() {
        return bytes;
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    void u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void u32(int value) {
        room(4);
        length += 4;
        set32(length - 4, value);
    }

    void u64(long value) {
        room(8);
        length += 8;
        set64(length - 8, value);
    }

    void varint(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void raw(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
    }

    void id(RecordId id) {
        varint(id.encoded().length);
        raw(id.encoded());
    }

    void version(Version version) {
        varint(version.epoch());
        varint(version.sequence());
    }

    void position(long position) {
        varint(Position.segment(position));
        varint(Position.offset(position));
    }

    void crcs(int[] crcs) {
        for (int crc : crcs) {
            u32(crc);
        }
    }

    /** Adds zeros until the length is a multiple of {@code unit}. */
    void pad(int unit) {
        while (length % unit != 0) {
            u8(0);
        }
    }

    void set32(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    void set64(int at, long value) {
        set32(at, (int) (value >>> 32));
        set32(at + 4, (int) value);
    }
}
