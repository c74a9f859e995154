package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;

/** The bytes of each record of the disk, as docs/storage.md draws them, and what becomes of bytes that are none. */
class CodecsTest {
    private static final RecordId ID = Workload.id(0x1122, 7, 3);
    private static final UUID STORAGE = new UUID(0x0102030405060708L, 0x090a0b0c0d0e0f10L);

    private static void golden(byte[] bytes, String... hex) {
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(String.join("", hex));
    }

    private static byte[] frame(FrameWriter writer, long position, long synced) {
        writer.place(position, synced);
        return Arrays.copyOf(writer.head(), writer.headLength());
    }

    private static byte[] entry() {
        FrameWriter writer = new FrameWriter();
        writer.entry(
                new LogRecord(
                        5,
                        new Version(2, 300),
                        List.of(
                                new Mutation.Put(ID, new byte[] {1, 2, 3}),
                                new Mutation.Delete(ID),
                                new Mutation.Write(ID, 4096, 9, ByteBuffer.wrap(new byte[] {65, 66, 67, 68})),
                                new Mutation.Punch(ID, 10, 1000))),
                new Version(2, 298));
        return frame(writer, Position.of(3, 256), Position.of(2, 128));
    }

    @Test
    void aLogRecordIsTheseBytes() {
        golden(
                entry(),
                "4d474c5274a6cae5000000b00000000400000003000001000000000200000080",
                "00000000000000050000000000000002000000000000012c0600000000000000",
                "02aa020401150700000000000011220000000000000003000000000301020302",
                "1507000000000000112200000000000000030000000003150700000000000011",
                "2200000000000000030000000080200904fb9f88720415070000000000001122",
                "0000000000000003000000000ae80700");
    }

    @Test
    void aTruncationIsTheseBytes() {
        golden(
                truncation(),
                "4d474c52af2ffddf000000480000000000000003000002000000000300000100",
                "00000000000000050000000000000002000000000000012b0200000000000000",
                "01d00f0000000000");
    }

    @Test
    void aRecordOfCopiesIsTheseBytes() {
        golden(
                copies(),
                "4d474c522513cb51000000a00000000400000004000000400000000400000040",
                "0000000000000000000000000000000000000000000000000700000000000000",
                "0302ac0203a40303150700000000000011220000000000000003000000008020",
                "0904fb9f887202ad020380020215070000000000001122000000000000000300",
                "00000002ad020380020515070000000000001122000000000000000300000000");
    }

    @Test
    void recordsOfWhereSlicesStandAreTheseBytes() {
        golden(
                points(),
                "4d474c520f5fbd11000000500000000000000004000000400000000300000384",
                "0000000000000000000000000000000000000000000000000800000000000000",
                "020502ac0202aa020601010000000000");
        golden(
                commits(),
                "4d474c52db37da28000000480000000000000004000000a00000000300000384",
                "0000000000000000000000000000000000000000000000000900000000000000",
                "010502aa02000000");
    }

    @Test
    void recordsOfAnInstallationAreTheseBytes() {
        golden(
                forget(),
                "4d474c52ff6c92980000004800000000000000040000010000000004000000a0",
                "00000000000000050000000000000002000000000000012a0a00000000000000",
                "0000000000000000");
        golden(
                installed(),
                "4d474c52b7a612520000009800000004000000040000014000000004000000a0",
                "0000000000000005000000000000000000000000000000000b00000000000000",
                "0302ac02021507000000000000112200000000000000030000000002ac020315",
                "07000000000000112200000000000000030000000080200904fb9f8872010701",
                "150700000000000011220000000000000003000000000101");
        golden(
                takenUp(),
                "4d474c52cc30dc7d0000004000000000000000040000028000000004000000a0",
                "00000000000000050000000000000002000000000000012b0c00000000000000");
    }

    @Test
    void theHeaderOfASegmentIsTheseBytes() {
        golden(
                new SegmentHeader(9, STORAGE, Position.of(8, 4000)).encode(),
                "4d41474d414c4f470000000200000009000000000102030405060708090a0b0c",
                "0d0e0f100000000800000fa000000000000000000000000000000000c00b7558");
    }

    @Test
    void theRowOfARecordIsTheseBytes() {
        golden(VALUE.encode(ID), "0102ac020380020102035d246f4c");
    }

    @Test
    void theRowOfAChunkIsTheseBytes() {
        golden(
                CHUNK.encode(ID),
                "0202ac02026432000107018005145a0102030432a09c010302ac02024000a09c",
                "0100000001ffffffff861a9b6e");
    }

    @Test
    void theStateOfTheIndexIsTheseBytes() {
        golden(
                STATE.encode(),
                "000000020102030405060708090a0b0c0d0e0f10000000040000008000000004",
                "000000400000000400000100010502ac02020380020380040203e80714040000",
                "6848fce2");
    }

    private static byte[] truncation() {
        FrameWriter writer = new FrameWriter();
        writer.truncation(5, new Version(2, 299), Position.of(1, 2000));
        return frame(writer, Position.of(3, 512), Position.of(3, 256));
    }

    private static byte[] copies() {
        FrameWriter writer = new FrameWriter();
        byte[] content = {65, 66, 67, 68};
        Change.Write write = new Change.Write(ID, 4096, 9, 4, 0, Blocks.crcs(ByteBuffer.wrap(content)));
        writer.copies(
                List.of(
                        new Change.Copy(new Version(2, 300), Position.of(3, 420), write),
                        new Change.Copy(new Version(2, 301), Position.of(3, 256), new Change.Delete(ID)),
                        new Change.Copy(new Version(2, 301), Position.of(3, 256), new Change.Stamp(ID))),
                List.of(ByteBuffer.wrap(content)));
        return frame(writer, Position.of(4, 64), Position.of(4, 64));
    }

    private static byte[] points() {
        FrameWriter writer = new FrameWriter();
        writer.points(List.of(
                new Frame.Point(5, new Version(2, 300), new Version(2, 298)),
                new Frame.Point(6, new Version(1, 1), Version.NONE)));
        return frame(writer, Position.of(4, 64), Position.of(3, 900));
    }

    private static byte[] commits() {
        FrameWriter writer = new FrameWriter();
        writer.commits(List.of(new Frame.Tail(5, new Version(2, 298))));
        return frame(writer, Position.of(4, 160), Position.of(3, 900));
    }

    private static byte[] forget() {
        FrameWriter writer = new FrameWriter();
        writer.forget(5, new Version(2, 298), 0);
        return frame(writer, Position.of(4, 256), Position.of(4, 160));
    }

    private static byte[] installed() {
        FrameWriter writer = new FrameWriter();
        writer.installed(
                5,
                List.of(
                        new Installed(new Mutation.Delete(ID), new Version(2, 300)),
                        new Installed(
                                new Mutation.Write(ID, 4096, 9, ByteBuffer.wrap(new byte[] {65, 66, 67, 68})),
                                new Version(2, 300)),
                        new Installed(new Mutation.Put(ID, new byte[] {1}), new Version(1, 7))));
        return frame(writer, Position.of(4, 320), Position.of(4, 160));
    }

    private static byte[] takenUp() {
        FrameWriter writer = new FrameWriter();
        writer.takenUp(5, new Version(2, 299));
        return frame(writer, Position.of(4, 640), Position.of(4, 160));
    }

    private static final String OLD_MUTATIONS = "4d474c5216ab79ce000000b00000000400000003000001000000000200000080"
            + "00000000000000050000000000000002000000000000012c0100000000000000"
            + "0401150700000000000011220000000000000003000000000301020302150700"
            + "0000000000112200000000000000030000000003150700000000000011220000"
            + "0000000000030000000080200904fb9f88720415070000000000001122000000"
            + "0000000003000000000ae80700000000";
    private static final String OLD_COPIES = "4d474c52f36ac6e6000000880000000400000004000000400000000400000040"
            + "0000000000000000000000000000000000000000000000000300000000000000"
            + "0202ac0203a40303150700000000000011220000000000000003000000008020"
            + "0904fb9f887202ad020380020215070000000000001122000000000000000300"
            + "0000000000000000";
    private static final String OLD_TAILS = "4d474c5267e0831d000000480000000000000004000000400000000300000384"
            + "0000000000000000000000000000000000000000000000000500000000000000"
            + "020502ac02060101";

    private static final Entry VALUE = new Entry.Value(new Version(2, 300), Position.of(3, 256), new byte[] {1, 2, 3});
    private static final Entry CHUNK = new Entry.Chunk(
            new Version(2, 300),
            ExtentMap.of(List.of(
                    new Extent(100, 50, 0, new Version(1, 7), Position.of(1, 640), 20, 90, new int[] {0x01020304}),
                    new Extent(
                            200, 20_000, 3, new Version(2, 300), Position.of(2, 64), 0, 20_000, new int[] {1, -1}))));
    private static final IndexState STATE = new IndexState(
            STORAGE,
            Position.of(4, 128),
            Position.of(4, 64),
            Position.of(4, 256),
            List.of(new Frame.Tail(5, new Version(2, 300))),
            List.of(Position.of(3, 256), Position.of(3, 512)),
            List.of(new IndexState.Usage(3, 1000, 20), new IndexState.Usage(4, 0, 0)));

    private static Frame decode(byte[] head, long position) throws MalformedException {
        Frame.Lengths lengths = Frame.Lengths.of(head, 0);
        if (lengths == null || lengths.head() > head.length) {
            throw new MalformedException("no head");
        }
        return Frame.decode(head, 0, lengths, position);
    }

    @Test
    void framesAreReadAsTheyWereWritten() throws Exception {
        Frame frame = decode(entry(), Position.of(3, 256));
        assertThat(frame.type()).isEqualTo(Frame.Type.ENTRY);
        assertThat(frame.commit()).isEqualTo(new Version(2, 298));
        looksAsItWasWritten(frame);
        Frame truncation = decode(truncation(), Position.of(3, 512));
        assertThat(truncation.limit()).isEqualTo(Position.of(1, 2000));
        Frame copies = decode(copies(), Position.of(4, 64));
        Change.Copy copy = (Change.Copy) copies.changes().get(0);
        assertThat(copy.source()).isEqualTo(Position.of(3, 420));
        assertThat(copy.version()).isEqualTo(new Version(2, 300));
        assertThat(copies.changes().get(2).inner()).isEqualTo(new Change.Stamp(ID));
        assertThat(decode(points(), Position.of(4, 64)).points())
                .containsExactly(
                        new Frame.Point(5, new Version(2, 300), new Version(2, 298)),
                        new Frame.Point(6, new Version(1, 1), Version.NONE));
        assertThat(decode(commits(), Position.of(4, 160)).points())
                .containsExactly(new Frame.Point(5, Version.NONE, new Version(2, 298)));
    }

    @Test
    void theRecordsOfAnInstallationAreReadAsTheyWereWritten() throws Exception {
        Frame forget = decode(forget(), Position.of(4, 256));
        assertThat(forget.type()).isEqualTo(Frame.Type.FORGET);
        assertThat(forget.version()).isEqualTo(new Version(2, 298));
        assertThat(forget.before()).isEqualTo(forget.position());
        Frame installed = decode(installed(), Position.of(4, 320));
        assertThat(installed.changes()).hasSize(3);
        assertThat(installed.changes().get(0))
                .isEqualTo(new Change.Installed(new Version(2, 300), new Change.Delete(ID)));
        Change.Write write = (Change.Write) installed.changes().get(1).inner();
        assertThat(write.data()).isEqualTo(installed.position() + installed.headLength());
        assertThat(installed.changes().get(2).version(Version.NONE)).isEqualTo(new Version(1, 7));
        Frame takenUp = decode(takenUp(), Position.of(4, 640));
        assertThat(takenUp.type()).isEqualTo(Frame.Type.TAKEN_UP);
        assertThat(takenUp.version()).isEqualTo(new Version(2, 299));
    }

    @Test
    void recordsOfFormatVersion1AreStillRead() throws Exception {
        Frame frame = decode(HexFormat.of().parseHex(OLD_MUTATIONS), Position.of(3, 256));
        assertThat(frame.type()).isEqualTo(Frame.Type.MUTATIONS);
        looksAsItWasWritten(frame);
        Frame copies = decode(HexFormat.of().parseHex(OLD_COPIES), Position.of(4, 64));
        assertThat(copies.type()).isEqualTo(Frame.Type.OLD_COPIES);
        assertThat(copies.changes()).hasSize(2);
        assertThat(copies.changes().get(1))
                .isEqualTo(new Change.Copy(new Version(2, 301), Position.of(3, 256), new Change.Delete(ID)));
        assertThat(decode(HexFormat.of().parseHex(OLD_TAILS), Position.of(4, 64))
                        .points())
                .containsExactly(
                        new Frame.Point(5, new Version(2, 300), Version.NONE),
                        new Frame.Point(6, new Version(1, 1), Version.NONE));
        IndexState state = IndexState.decode(HexFormat.of()
                .parseHex("000000010102030405060708090a0b0c0d0e0f10000000040000008000000004"
                        + "00000040010502ac020203e80714040000a7b57570"));
        assertThat(state.known()).isEqualTo(state.replay()).isEqualTo(STATE.replay());
        assertThat(state.commits()).isEqualTo(STATE.commits());
        SegmentHeader header = SegmentHeader.decode(HexFormat.of()
                .parseHex("4d41474d414c4f470000000100000009000000000102030405060708090a0b0c"
                        + "0d0e0f100000000800000fa0000000000000000000000000000000008d6cc1af"));
        assertThat(header).isEqualTo(new SegmentHeader(1, 9, STORAGE, Position.of(8, 4000)));
    }

    private static void looksAsItWasWritten(Frame frame) {
        assertThat(frame.slice()).isEqualTo(5);
        assertThat(frame.version()).isEqualTo(new Version(2, 300));
        assertThat(frame.synced()).isEqualTo(Position.of(2, 128));
        assertThat(frame.dataLength()).isEqualTo(4);
        assertThat(frame.changes()).hasSize(4);
        assertThat(frame.changes().get(1)).isEqualTo(new Change.Delete(ID));
        assertThat(frame.changes().get(3)).isEqualTo(new Change.Punch(ID, 10, 1000));
        Change.Write write = (Change.Write) frame.changes().get(2);
        assertThat(write.data()).isEqualTo(frame.position() + frame.headLength());
    }

    @Test
    void aFrameThatLiesElsewhereIsNone() {
        assertThatThrownBy(() -> decode(entry(), Position.of(3, 264))).hasMessageContaining("belongs elsewhere");
    }

    @Test
    void rowsAreReadAsTheyWereWritten() throws Exception {
        byte[] value = VALUE.encode(ID);
        assertThat(Entry.decode(ID, value, value.length))
                .usingRecursiveComparison()
                .isEqualTo(VALUE);
        byte[] chunk = CHUNK.encode(ID);
        ExtentMap extents = Entry.decode(ID, chunk, chunk.length).content();
        assertThat(extents.size()).isEqualTo(2);
        assertThat(extents.get(0)).isEqualTo(CHUNK.content().get(0));
        assertThat(extents.get(1)).isEqualTo(CHUNK.content().get(1));
        assertThat(IndexState.decode(STATE.encode())).isEqualTo(STATE);
        assertThatThrownBy(() -> Entry.decode(Workload.id(1, 1, 1), value, value.length))
                .as("the row of another id")
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void bytesOfNoWriterAreRefused() {
        List<byte[]> sound = new ArrayList<>(
                List.of(entry(), truncation(), copies(), points(), commits(), forget(), installed(), takenUp()));
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = damaged(sound.get(random.nextInt(sound.size())), random);
            long position = Position.of(3, 256);
            refused(seed, () -> decode(bytes, position));
            byte[] row = damaged(random.nextBoolean() ? VALUE.encode(ID) : CHUNK.encode(ID), random);
            refused(seed, () -> Entry.decode(ID, row, row.length));
            refused(seed, () -> IndexState.decode(damaged(STATE.encode(), random)));
            refused(seed, () -> SegmentHeader.decode(damaged(new SegmentHeader(9, STORAGE, 1).encode(), random)));
        }
    }

    /** Even where the CRC is right, as if it had been made for these very bytes. */
    @Test
    void soundlyCheckedNonsenseIsRefusedOrReadButNeverBreaks() {
        for (long seed = 1; seed <= 20_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = damaged(entry(), random);
            if (bytes.length >= Frame.HEADER_BYTES && bytes.length % Frame.UNIT == 0) {
                ByteBuffer.wrap(bytes).putInt(0, Frame.MAGIC).putInt(8, bytes.length);
                CRC32C crc = new CRC32C();
                crc.update(bytes, 8, bytes.length - 8);
                ByteBuffer.wrap(bytes).putInt(4, (int) crc.getValue());
                allowed(seed, () -> decode(bytes, ByteBuffer.wrap(bytes).getLong(16)));
            }
        }
    }

    private interface Decoding {
        Object run() throws MalformedException;
    }

    private static void refused(long seed, Decoding decoding) {
        assertThatThrownBy(decoding::run).as("seed %d", seed).isInstanceOf(MalformedException.class);
    }

    private static void allowed(long seed, Decoding decoding) {
        try {
            assertThat(decoding.run()).as("seed %d", seed).isNotNull();
        } catch (MalformedException e) {
            assertThat(e).as("seed %d", seed).hasMessageNotContaining("null");
        }
    }

    private static byte[] damaged(byte[] sound, Random random) {
        byte[] bytes = sound.clone();
        if (random.nextInt(4) == 0) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        for (int i = random.nextInt(6); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
        }
        return Arrays.equals(bytes, sound) ? new byte[3] : bytes;
    }
}
