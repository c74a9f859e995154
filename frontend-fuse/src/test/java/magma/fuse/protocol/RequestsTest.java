package magma.fuse.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Golden bytes of each request, as a C program compiled with linux/fuse.h 7.38 lays them out on a little-endian machine. */
class RequestsTest {
    private static final String TEXT = "6162630078797a00";

    private static MessageReader hex(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return new MessageReader(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void headerIsReadFromItsBytes() throws Exception {
        assertThat(RequestHeader.read(
                        hex("300000000200000088776655443322119900000000000000e803000064000000e110000000000000")))
                .isEqualTo(new RequestHeader(48, 2, 0x1122334455667788L, 0x99, 1000, 100, 4321));
    }

    @Test
    void forgetsAreReadFromTheirBytes() throws Exception {
        assertThat(Requests.Forget.read(hex("0700000000000000"))).isEqualTo(new Requests.Forget(7));
        MessageReader batch = hex("02000000000000000500000000000000010000000000000006000000000000000200000000000000");
        assertThat(Requests.BatchForget.read(batch)).isEqualTo(new Requests.BatchForget(2));
        assertThat(List.of(batch.quad(), batch.quad(), batch.quad(), batch.quad()))
                .containsExactly(5L, 1L, 6L, 2L);
    }

    @Test
    void setAttributesIsReadFromItsBytes() throws Exception {
        Requests.SetAttributes request = Requests.SetAttributes.read(
                hex("5f010000000000000b000000000000000c000000000000000d000000000000000e000000000000000f00000000000000"
                        + "1000000000000000110000001200000013000000a481000000000000150000001600000000000000"));
        assertThat(request).isEqualTo(new Requests.SetAttributes(0x15f, 11, 12, 14, 15, 17, 18, 0100644, 21, 22));
        assertThat(request.has(Requests.SetAttributes.MODIFIED_NOW)).isTrue();
        assertThat(request.has(Requests.SetAttributes.MODIFIED)).isFalse();
    }

    @Test
    void requestsWithNamesAreReadFromTheirBytes() throws Exception {
        Requests.MakeNode node = Requests.MakeNode.read(hex("a4210000030100001200000000000000" + TEXT));
        assertThat(List.of(node.mode(), node.device(), node.umask())).containsExactly(020644, 0x103, 022);
        assertThat(text(node.name())).isEqualTo("abc");
        Requests.MakeDirectory directory = Requests.MakeDirectory.read(hex("ed01000012000000" + TEXT));
        assertThat(List.of(directory.mode(), directory.umask())).containsExactly(0755, 022);
        Requests.Rename rename = Requests.Rename.read(hex("1f00000000000000" + TEXT));
        assertThat(rename.toDirectory()).isEqualTo(31);
        assertThat(List.of(text(rename.from()), text(rename.to()))).containsExactly("abc", "xyz");
        Requests.Rename exchange = Requests.Rename.readWithFlags(hex("1f000000000000000200000000000000" + TEXT));
        assertThat(exchange.flags()).isEqualTo(Requests.Rename.EXCHANGE);
        Requests.Link link = Requests.Link.read(hex("2000000000000000" + TEXT));
        assertThat(link.node()).isEqualTo(32);
        Requests.Create create = Requests.Create.read(hex("c2000000808100003f00000000000000" + TEXT));
        assertThat(List.of(create.flags(), create.mode(), create.umask())).containsExactly(0302, 0100600, 077);
        Requests.Symlink symlink = Requests.Symlink.read(hex(TEXT));
        assertThat(List.of(text(symlink.name()), text(symlink.target()))).containsExactly("abc", "xyz");
    }

    @Test
    void requestsAboutOpenFilesAreReadFromTheirBytes() throws Exception {
        assertThat(Requests.Open.read(hex("0200000001000000"))).isEqualTo(new Requests.Open(2, 1));
        assertThat(Requests.Release.read(hex("290000000000000002000000020000002a00000000000000")))
                .isEqualTo(new Requests.Release(41, 2, Requests.Release.FLOCK_UNLOCK, 42));
        assertThat(Requests.Flush.read(hex("2b0000000000000000000000000000002c00000000000000")))
                .isEqualTo(new Requests.Flush(43, 44));
        assertThat(Requests.Read.read(
                        hex("33000000000000003400000000000000350000000200000036000000000000000080000000000000")))
                .isEqualTo(new Requests.Read(51, 52, 53, 2, 54, 0100000));
        assertThat(Requests.Sync.read(hex("47000000000000000100000000000000")).dataOnly())
                .isTrue();
        assertThat(Requests.Allocate.read(hex("6500000000000000660000000000000067000000000000000300000000000000")))
                .isEqualTo(new Requests.Allocate(101, 102, 103, 3));
        assertThat(Requests.Seek.read(hex("6f0000000000000070000000000000000400000000000000")))
                .isEqualTo(new Requests.Seek(111, 112, Requests.Seek.HOLE));
        assertThat(Requests.CopyRange.read(hex("79000000000000007a000000000000007b000000000000007c000000000000007d00"
                        + "0000000000007e000000000000000000000000000000")))
                .isEqualTo(new Requests.CopyRange(121, 122, 123, 124, 125, 126));
    }

    @Test
    void writeIsReadFromItsBytesAndItsDataAreNotCopied() throws Exception {
        MessageReader in =
                hex("3d000000000000003e00000000000000030000000500000040000000000000000104000000000000" + "0a0b0c");
        Requests.Write write = Requests.Write.read(in);
        assertThat(write).isEqualTo(new Requests.Write(61, 62, 3, 5, 64, 02001));
        assertThat(write.has(Requests.Write.CACHE)).isTrue();
        assertThat(write.has(Requests.Write.KILL_PRIVILEGE)).isTrue();
        assertThat(in.data(write.size())).isEqualTo(ByteBuffer.wrap(new byte[] {10, 11, 12}));
    }

    @Test
    void requestsAboutXattrsAreReadFromTheirBytes() throws Exception {
        Requests.SetXattr set = Requests.SetXattr.read(hex("0300000001000000" + TEXT));
        assertThat(set.flags()).isEqualTo(Requests.SetXattr.CREATE);
        assertThat(List.of(text(set.name()), text(set.value()))).containsExactly("abc", "xyz");
        Requests.GetXattr get = Requests.GetXattr.read(hex("0001000000000000" + TEXT));
        assertThat(get.size()).isEqualTo(256);
        assertThat(text(get.name())).isEqualTo("abc");
        assertThat(Requests.ListXattr.read(hex("0001000000000000"))).isEqualTo(new Requests.ListXattr(256));
    }

    @Test
    void locksInterruptsAndAccessAreReadFromTheirBytes() throws Exception {
        assertThat(Requests.LockRange.read(
                        hex("510000000000000052000000000000005300000000000000ffffffffffffff7f010000005400000001000000"
                                + "00000000")))
                .isEqualTo(new Requests.LockRange(
                        81, 82, 83, Long.MAX_VALUE, Requests.LockRange.WRITE_LOCK, 84, Requests.LockRange.FLOCK));
        assertThat(Requests.Interrupt.read(hex("5b00000000000000"))).isEqualTo(new Requests.Interrupt(91));
        assertThat(Requests.Access.read(hex("0500000000000000"))).isEqualTo(new Requests.Access(5));
    }

    @Test
    void initIsReadFromItsBytesOfEitherLength() throws Exception {
        String old = "07000000260000000000020001000040";
        assertThat(Negotiation.read(hex(old + "08000000" + "00".repeat(44))))
                .isEqualTo(new Negotiation(
                        7, 38, 131072, Negotiation.ASYNC_READ | Negotiation.INIT_EXT | Negotiation.HAS_EXPIRE_ONLY));
        assertThat(Negotiation.read(hex("070000001f0000000000020001000000")))
                .isEqualTo(new Negotiation(7, 31, 131072, Negotiation.ASYNC_READ));
        assertThat(Negotiation.read(hex("0800000000000000")).major()).isEqualTo(8);
    }

    @Test
    void lengthsThatLieAreRefused() {
        assertThatThrownBy(() -> Requests.BatchForget.read(hex("ffffffff00000000")))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Requests.BatchForget.read(hex("020000000000000005000000000000000100000000000000")))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Requests.Write.read(
                        hex("3d000000000000003e000000000000000400000005000000400000000000000001040000000000000a0b0c")))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Requests.SetXattr.read(hex("ffffff7f01000000" + TEXT)))
                .isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Requests.Symlink.read(hex("616263"))).isInstanceOf(MalformedMessageException.class);
        assertThatThrownBy(() -> Requests.LockRange.read(
                        hex("51000000000000005200000000000000530000000000000001000000000000000100000054000000"
                                + "0100000000000000")))
                .isInstanceOf(MalformedMessageException.class);
    }

    /** What each kind of request is read by. */
    private interface Decoder {
        Object read(MessageReader in) throws MalformedMessageException;
    }

    @Test
    void randomBytesAreReadOrRefused() {
        List<Decoder> decoders = List.of(
                RequestHeader::read,
                Negotiation::read,
                Requests.Forget::read,
                Requests.BatchForget::read,
                Requests.SetAttributes::read,
                Requests.Symlink::read,
                Requests.MakeNode::read,
                Requests.MakeDirectory::read,
                Requests.Rename::read,
                Requests.Rename::readWithFlags,
                Requests.Link::read,
                Requests.Open::read,
                Requests.Create::read,
                Requests.Release::read,
                Requests.Flush::read,
                Requests.Read::read,
                Requests.Write::read,
                Requests.Sync::read,
                Requests.SetXattr::read,
                Requests.GetXattr::read,
                Requests.ListXattr::read,
                Requests.LockRange::read,
                Requests.Access::read,
                Requests.Interrupt::read,
                Requests.Allocate::read,
                Requests.Seek::read,
                Requests.CopyRange::read);
        long seed = 20261122;
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(160)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] &= (byte) (random.nextInt(4) == 0 ? 0xff : 0);
                }
            }
            MessageReader in = new MessageReader(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
            Decoder decoder = decoders.get(round % decoders.size());
            try {
                assertThat(decoder.read(in))
                        .as("seed %s, round %s", seed, round)
                        .isNotNull();
            } catch (MalformedMessageException refused) {
                assertThat(refused).hasMessageMatching(".+");
            }
        }
    }

    @Test
    void everyOpcodeIsFoundByItsNumber() {
        for (Opcode opcode : Opcode.values()) {
            assertThat(Opcode.of(opcode.number())).isEqualTo(opcode);
        }
        assertThat(Opcode.of(7)).isNull();
        assertThat(Opcode.of(-1)).isNull();
        assertThat(Opcode.of(4096)).isNull();
    }
}
