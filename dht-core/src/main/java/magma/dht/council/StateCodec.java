package magma.dht.council;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;

/** The bytes of the whole state: in snapshots, in what each vulcano saw last, and on the way to those that do not vote. */
final class StateCodec {
    /** Of the bytes; a later one can read this. */
    private static final int FORMAT = 2;

    /** In which certificates were not kept. */
    private static final int WITHOUT_CERTIFICATES = 1;

    private static final int MAX_MAP_BYTES = 64 << 20;

    private StateCodec() {}

    static byte[] encode(CouncilState state) {
        Encoder to = new Encoder(4096).u8(FORMAT).i64(state.version());
        state.founding().write(to);
        Fields.uuid(to, state.network())
                .text(state.name())
                .i32(state.featureLevel())
                .i32(state.replicasWanted())
                .list(List.copyOf(state.members().values()), (e, member) -> member.write(e))
                .bytes(state.map().encode())
                .list(
                        new ArrayList<>(state.slices().entrySet()),
                        (e, slice) -> SliceConfigs.write(e.i64(slice.getKey()), slice.getValue()))
                .list(List.copyOf(state.sessions().values()), (e, session) -> session.write(e))
                .list(
                        new ArrayList<>(state.tokens().entrySet()),
                        (e, token) -> token.getValue().write(e.text(token.getKey())))
                .list(
                        new ArrayList<>(state.certificates().entrySet()),
                        (e, certificate) -> certificate.getValue().write(e.text(certificate.getKey())))
                .list(List.copyOf(state.revoked()), Encoder::text)
                .bytes(state.authority())
                .list(state.remembered(), StateCodec::writeRemembered);
        return to.toBytes();
    }

    static CouncilState decode(byte[] bytes) {
        return Decoder.decode("council state", bytes, StateCodec::read);
    }

    private static CouncilState read(Decoder from) {
        int format = from.u8();
        if (format != FORMAT && format != WITHOUT_CERTIFICATES) {
            throw new MalformedException("a council state of format " + format + "; this release knows " + FORMAT);
        }
        return new CouncilState(
                from.i64(),
                Founding.read(from),
                Fields.uuid(from),
                from.text(Fields.MAX_NAME),
                from.i32(),
                from.i32(),
                readMembers(from),
                SliceMap.decode(from.bytes(MAX_MAP_BYTES)),
                readSlices(from),
                readSessions(from),
                readTokens(from),
                format == WITHOUT_CERTIFICATES ? new TreeMap<>() : readCertificates(from),
                readRevoked(from),
                from.bytes(Fields.MAX_AUTHORITY),
                from.list(CouncilState.REMEMBERED, Remembered.LEAST_BYTES, StateCodec::readRemembered));
    }

    private static SortedMap<VulcanoId, Member> readMembers(Decoder from) {
        return byKey(from.list(Fields.MAX_MEMBERS, Member.LEAST_BYTES, Member::read), Member::id, member -> member);
    }

    private static SortedMap<Long, SliceConfig> readSlices(Decoder from) {
        return byKey(
                from.list(
                        SliceMap.MAX_SLICES,
                        8 + SliceConfigs.LEAST_BYTES,
                        e -> Map.entry(e.i64(), SliceConfigs.read(e))),
                Map.Entry::getKey,
                Map.Entry::getValue);
    }

    private static SortedMap<UUID, SessionRecord> readSessions(Decoder from) {
        return byKey(
                from.list(Fields.MAX_SESSIONS, SessionRecord.LEAST_BYTES, SessionRecord::read),
                SessionRecord::session,
                session -> session);
    }

    private static SortedMap<String, TokenRecord> readTokens(Decoder from) {
        return byKey(
                from.list(
                        Fields.MAX_TOKENS,
                        4 + TokenRecord.LEAST_BYTES,
                        e -> Map.entry(e.text(Fields.MAX_TOKEN_ID), TokenRecord.read(e))),
                Map.Entry::getKey,
                Map.Entry::getValue);
    }

    private static SortedMap<String, CertificateRecord> readCertificates(Decoder from) {
        return byKey(
                from.list(
                        Fields.MAX_CERTIFICATES,
                        4 + CertificateRecord.LEAST_BYTES,
                        e -> Map.entry(e.text(Fields.MAX_SERIAL), CertificateRecord.read(e))),
                Map.Entry::getKey,
                Map.Entry::getValue);
    }

    private static SortedSet<String> readRevoked(Decoder from) {
        return new TreeSet<>(from.list(Fields.MAX_REVOKED, 4, serial -> serial.text(Fields.MAX_SERIAL)));
    }

    private static <E, K extends Comparable<K>, V> SortedMap<K, V> byKey(
            List<E> elements, Function<E, K> key, Function<E, V> value) {
        SortedMap<K, V> map = new TreeMap<>();
        for (E element : elements) {
            if (map.put(key.apply(element), value.apply(element)) != null) {
                throw new MalformedException("two of " + key.apply(element));
            }
        }
        return map;
    }

    private static void writeRemembered(Encoder to, Remembered remembered) {
        Fields.uuid(to, remembered.id().uuid());
        ResultCodec.write(to, remembered.result());
    }

    private static Remembered readRemembered(Decoder from) {
        return new Remembered(new CommandId(Fields.uuid(from)), ResultCodec.read(from));
    }
}
