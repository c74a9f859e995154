package magma.dht.wire;

import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** How the values of fs-api stand in a frame; docs/wire.md draws each. */
final class FsFields {
    /** The most supplementary groups (NGROUPS_MAX of Linux). */
    static final int GROUPS = 65_536;

    private static final int HAS_MODE = 1;
    private static final int HAS_UID = 2;
    private static final int HAS_GID = 4;
    private static final int HAS_SIZE = 8;
    private static final int HAS_ACCESSED = 16;
    private static final int HAS_MODIFIED = 32;

    private FsFields() {}

    static void key(FieldWriter to, Key key) {
        to.i64(key.high()).i64(key.middle()).i32(key.low());
    }

    static Key key(FieldReader from) throws MalformedFrameException {
        return new Key(from.i64(), from.i64(), from.i32());
    }

    static void uuid(FieldWriter to, UUID id) {
        to.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    static UUID uuid(FieldReader from) throws MalformedFrameException {
        return new UUID(from.i64(), from.i64());
    }

    static void name(FieldWriter to, Name name) {
        to.u8(name.length()).raw(name.bytes());
    }

    static Name name(FieldReader from) throws MalformedFrameException, FsException {
        return Name.of(from.raw(from.u8()));
    }

    static void xattrName(FieldWriter to, XattrName name) {
        to.text(name.text());
    }

    static XattrName xattrName(FieldReader from) throws MalformedFrameException {
        return new XattrName(from.text(magma.fs.Limits.XATTR_NAME_BYTES));
    }

    static void instant(FieldWriter to, Instant time) {
        to.i64(time.getEpochSecond()).i32(time.getNano());
    }

    static Instant instant(FieldReader from) throws MalformedFrameException {
        long seconds = from.i64();
        int nanos = from.i32();
        if (nanos < 0 || nanos > 999_999_999) {
            throw new MalformedFrameException(nanos + " nanoseconds");
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }

    /** The superuser's groups are left out: nothing hangs on them. */
    static void caller(FieldWriter to, Caller caller) {
        to.i32(caller.uid()).i32(caller.gid()).u16(caller.umask());
        Set<Integer> groups = caller.isSuperuser() ? Set.of() : caller.groups();
        to.list(List.copyOf(groups), (out, group) -> out.i32(group));
    }

    static Caller caller(FieldReader from) throws MalformedFrameException, FsException {
        int uid = from.i32();
        int gid = from.i32();
        int umask = from.u16();
        Set<Integer> groups = new HashSet<>(from.list(GROUPS, 4, FieldReader::i32));
        return Caller.of(uid, gid, groups, umask);
    }

    /** Bit n stands for the constant with ordinal n. */
    @SuppressWarnings("EnumOrdinal")
    static <E extends Enum<E>> void set(FieldWriter to, Set<E> set) {
        int bits = 0;
        for (E element : set) {
            bits |= 1 << element.ordinal();
        }
        to.u8(bits);
    }

    @SuppressWarnings("EnumOrdinal")
    static <E extends Enum<E>> Set<E> set(FieldReader from, Class<E> type, E[] values) throws MalformedFrameException {
        int bits = from.u8();
        if (bits >> values.length != 0) {
            throw new MalformedFrameException("no set of " + type.getSimpleName() + ": " + bits);
        }
        Set<E> set = EnumSet.noneOf(type);
        for (E value : values) {
            if ((bits & 1 << value.ordinal()) != 0) {
                set.add(value);
            }
        }
        return set;
    }

    static void attributes(FieldWriter to, Attributes a) {
        key(to, a.key());
        to.ordinal(a.type()).u16(a.mode()).i32(a.links()).i32(a.uid()).i32(a.gid());
        to.i64(a.size()).i64(a.allocated()).i64(a.device());
        instant(to, a.accessed());
        instant(to, a.modified());
        instant(to, a.changed());
        instant(to, a.created());
        to.i64(a.change());
    }

    static Attributes attributes(FieldReader from) throws MalformedFrameException {
        return new Attributes(
                key(from),
                from.ordinal(FlareType.values()),
                from.u16(),
                from.i32(),
                from.i32(),
                from.i32(),
                from.i64(),
                from.i64(),
                from.i64(),
                instant(from),
                instant(from),
                instant(from),
                instant(from),
                from.i64());
    }

    /** One byte says which fields follow. */
    static void changes(FieldWriter to, AttributeChanges c) {
        to.u8((c.mode() == null ? 0 : HAS_MODE)
                | (c.uid() == null ? 0 : HAS_UID)
                | (c.gid() == null ? 0 : HAS_GID)
                | (c.size() == null ? 0 : HAS_SIZE)
                | (c.accessed() == null ? 0 : HAS_ACCESSED)
                | (c.modified() == null ? 0 : HAS_MODIFIED));
        if (c.mode() != null) {
            to.u16(c.mode());
        }
        if (c.uid() != null) {
            to.i32(c.uid());
        }
        if (c.gid() != null) {
            to.i32(c.gid());
        }
        if (c.size() != null) {
            to.i64(c.size());
        }
        time(to, c.accessed());
        time(to, c.modified());
    }

    static AttributeChanges changes(FieldReader from) throws MalformedFrameException {
        int fields = from.u8();
        if (fields >= HAS_MODIFIED << 1) {
            throw new MalformedFrameException("no changes: " + fields);
        }
        return new AttributeChanges(
                (fields & HAS_MODE) == 0 ? null : Integer.valueOf(from.u16()),
                (fields & HAS_UID) == 0 ? null : Integer.valueOf(from.i32()),
                (fields & HAS_GID) == 0 ? null : Integer.valueOf(from.i32()),
                (fields & HAS_SIZE) == 0 ? null : Long.valueOf(from.i64()),
                (fields & HAS_ACCESSED) == 0 ? null : time(from),
                (fields & HAS_MODIFIED) == 0 ? null : time(from));
    }

    private static void time(FieldWriter to, @Nullable TimeChange change) {
        if (change instanceof TimeChange.At at) {
            to.bool(true);
            instant(to, at.time());
        } else if (change != null) {
            to.bool(false);
        }
    }

    private static TimeChange time(FieldReader from) throws MalformedFrameException {
        return from.bool() ? new TimeChange.At(instant(from)) : new TimeChange.Now();
    }

    /** A list without entries stands for none. */
    static void acl(FieldWriter to, @Nullable Acl acl) {
        to.list(
                acl == null ? List.of() : acl.entries(),
                (out, entry) -> out.ordinal(entry.tag()).i32(entry.id()).u8(entry.permissions()));
    }

    static @Nullable Acl acl(FieldReader from) throws MalformedFrameException, FsException {
        List<Acl.Entry> entries =
                from.list(Acl.MAX_ENTRIES, 6, in -> new Acl.Entry(in.ordinal(Acl.Tag.values()), in.i32(), in.u8()));
        return entries.isEmpty() ? null : new Acl(entries);
    }

    static void range(FieldWriter to, Lock.Range range) {
        to.i64(range.start()).i64(range.end());
    }

    static Lock.Range range(FieldReader from) throws MalformedFrameException {
        return new Lock.Range(from.i64(), from.i64());
    }

    static void lock(FieldWriter to, Lock lock) {
        to.ordinal(lock.family()).i64(lock.owner().id()).bool(lock.exclusive());
        range(to, lock.range());
        to.i32(lock.pid());
    }

    static Lock lock(FieldReader from) throws MalformedFrameException {
        return new Lock(
                from.ordinal(Lock.Family.values()), new Lock.Owner(from.i64()), from.bool(), range(from), from.i32());
    }
}
