package magma.dht.council;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.VulcanoId;

/**
 * A vulcano as the council knows it.
 *
 * @param address host and port where its peers reach it; at most 256 bytes
 * @param incarnation the process of the vulcano that started last: grows with each start; 0 before the first
 * @param up whether that process runs, as far as the council was told
 * @param capacityBytes what its storage can hold; 0 when it has not said
 * @param freeBytes what its storage can still take
 * @param version the release it runs, for people; at most 64 bytes
 * @param featureLevel the highest that it can run at
 */
public record Member(
        VulcanoId id,
        String address,
        MemberKind kind,
        MemberState state,
        long incarnation,
        boolean up,
        VotingRole role,
        long capacityBytes,
        long freeBytes,
        String version,
        int featureLevel) {
    static final int LEAST_BYTES = 16 + 4 + 1 + 1 + 8 + 1 + 1 + 8 + 8 + 4 + 4;

    public Member {
        Fields.checkText("an address", address, Fields.MAX_ADDRESS);
        Fields.checkText("a version", version, Fields.MAX_RELEASE);
        if (incarnation < 0 || capacityBytes < 0 || freeBytes < 0 || freeBytes > capacityBytes || featureLevel < 0) {
            throw new IllegalArgumentException("member " + id + " with incarnation " + incarnation + ", " + freeBytes
                    + " of " + capacityBytes + " bytes free, feature level " + featureLevel);
        }
    }

    /** A vulcano that joins and has not started yet. */
    public static Member joining(VulcanoId id, String address, MemberKind kind) {
        return joining(id, address, kind, 0);
    }

    /** @param featureLevel 0 where that is not known yet */
    public static Member joining(VulcanoId id, String address, MemberKind kind, int featureLevel) {
        return new Member(id, address, kind, MemberState.JOINED, 0, false, VotingRole.LEARNER, 0, 0, "", featureLevel);
    }

    /** Belongs to the network. */
    public boolean joined() {
        return state == MemberState.JOINED;
    }

    /** Belongs to the network and keeps slices. */
    public boolean stores() {
        return joined() && kind == MemberKind.STORING;
    }

    Member started(long process, String at, String release, int level) {
        return new Member(id, at, kind, state, process, true, role, capacityBytes, freeBytes, release, level);
    }

    Member died() {
        return new Member(
                id, address, kind, state, incarnation, false, role, capacityBytes, freeBytes, version, featureLevel);
    }

    Member withSpace(long capacity, long free) {
        return new Member(id, address, kind, state, incarnation, up, role, capacity, free, version, featureLevel);
    }

    Member gone(MemberState how) {
        return new Member(
                id, address, kind, how, incarnation, false, role, capacityBytes, freeBytes, version, featureLevel);
    }

    Member as(VotingRole next) {
        return new Member(
                id, address, kind, state, incarnation, up, next, capacityBytes, freeBytes, version, featureLevel);
    }

    void write(Encoder to) {
        Fields.id(to, id)
                .text(address)
                .ordinal(kind)
                .ordinal(state)
                .i64(incarnation)
                .flag(up)
                .ordinal(role)
                .i64(capacityBytes)
                .i64(freeBytes)
                .text(version)
                .i32(featureLevel);
    }

    static Member read(Decoder from) {
        return new Member(
                Fields.id(from),
                from.text(Fields.MAX_ADDRESS),
                from.ordinal(MemberKind.values()),
                from.ordinal(MemberState.values()),
                from.i64(),
                from.flag(),
                from.ordinal(VotingRole.values()),
                from.i64(),
                from.i64(),
                from.text(Fields.MAX_RELEASE),
                from.i32());
    }
}
