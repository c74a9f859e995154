package magma.dht.record;

import java.util.Optional;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Acl;
import magma.fs.Caller;
import magma.fs.FlareType;
import magma.fs.Permissions;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what with a flare. A directory's are copied to its shards, so that each slice can decide by itself.
 *
 * @param mode the twelve permission bits
 * @param access the access ACL, null where the mode says all
 * @param defaults the default ACL, null for none
 * @param version grows with each change of the rights
 */
public record Rights(
        int mode,
        int uid,
        int gid,
        @Nullable Acl access,
        @Nullable Acl defaults,
        long version) {

    /** Whether the caller has all of the {@code wanted} rwx bits. */
    public boolean allow(Caller caller, FlareType type, int wanted) {
        return Permissions.allow(caller, type, uid, gid, mode, access, wanted);
    }

    public boolean isOwner(Caller caller) {
        return caller.isSuperuser() || caller.uid() == uid;
    }

    public Rights withMode(int newMode) {
        return new Rights(newMode, uid, gid, access == null ? null : access.withMode(newMode), defaults, version + 1);
    }

    public Rights withOwner(int newUid, int newGid) {
        return new Rights(mode, newUid, newGid, access, defaults, version + 1);
    }

    public Rights withAcl(Acl.Kind kind, @Nullable Acl acl, int newMode) {
        return kind == Acl.Kind.ACCESS
                ? new Rights(newMode, uid, gid, acl, defaults, version + 1)
                : new Rights(newMode, uid, gid, access, acl, version + 1);
    }

    public Optional<Acl> acl(Acl.Kind kind) {
        return Optional.ofNullable(kind == Acl.Kind.ACCESS ? access : defaults);
    }

    public void write(Encoder to) {
        to.u16(mode).i32(uid).i32(gid).i64(version);
        to.optional(access, Rights::writeAcl).optional(defaults, Rights::writeAcl);
    }

    public static Rights read(Decoder from) {
        int mode = from.u16();
        int uid = from.i32();
        int gid = from.i32();
        long version = from.i64();
        return new Rights(mode, uid, gid, from.optional(Rights::readAcl), from.optional(Rights::readAcl), version);
    }

    private static void writeAcl(Encoder to, Acl acl) {
        to.list(
                acl.entries(),
                (entry, e) -> entry.u8(e.tag().code()).i32(e.id()).u8(e.permissions()));
    }

    private static Acl readAcl(Decoder from) {
        return new Acl(
                from.list(Acl.MAX_ENTRIES, entry -> new Acl.Entry(Acl.Tag.of(entry.u8()), entry.i32(), entry.u8())));
    }
}
