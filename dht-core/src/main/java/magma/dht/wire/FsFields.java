package magma.dht.wire;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FlareType;
import magma.fs.FsException;
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

    static void uuid(Encoder to, UUID id) {
        to.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    static UUID uuid(Decoder from) {
        return new UUID(from.i64(), from.i64());
    }

    static void name(Encoder to, Name name) {
        to.u8(name.length()).raw(name.bytes());
    }

    static Name name(Decoder from) {
        try {
            return Name.of(from.raw(from.u8()));
        } catch (FsException e) {
            throw new MalformedException(String.valueOf(e.getMessage()), e);
        }
    }

    static void xattrName(Encoder to, XattrName name) {
        to.text(name.text());
    }

    static XattrName xattrName(Decoder from) {
        return new XattrName(from.text(magma.fs.Limits.XATTR_NAME_BYTES));
    }

    /** The superuser's groups are left out: nothing hangs on them. */
    static void caller(Encoder to, Caller caller) {
        to.i32(caller.uid()).i32(caller.gid()).u16(caller.umask());
        Set<Integer> groups = caller.isSuperuser() ? Set.of() : caller.groups();
        to.list(List.copyOf(groups), (out, group) -> out.i32(group));
    }

    static Caller caller(Decoder from) {
        int uid = from.i32();
        int gid = from.i32();
        int umask = from.u16();
        Set<Integer> groups = new HashSet<>(from.list(GROUPS, 4, Decoder::i32));
        return Caller.of(uid, gid, groups, umask);
    }

    /** Bit n stands for the constant with ordinal n. */
    @SuppressWarnings("EnumOrdinal")
    static <E extends Enum<E>> void set(Encoder to, Set<E> set) {
        int bits = 0;
        for (E element : set) {
            bits |= 1 << element.ordinal();
        }
        to.u8(bits);
    }

    @SuppressWarnings("EnumOrdinal")
    static <E extends Enum<E>> Set<E> set(Decoder from, Class<E> type, E[] values) {
        int bits = from.u8();
        if (bits >> values.length != 0) {
            throw new MalformedException("no set of " + type.getSimpleName() + ": " + bits);
        }
        Set<E> set = EnumSet.noneOf(type);
        for (E value : values) {
            if ((bits & 1 << value.ordinal()) != 0) {
                set.add(value);
            }
        }
        return set;
    }

    static void attributes(Encoder to, Attributes a) {
        to.key(a.key());
        to.ordinal(a.type()).u16(a.mode()).i32(a.links()).i32(a.uid()).i32(a.gid());
        to.i64(a.size()).i64(a.allocated()).i64(a.device());
        to.time(a.accessed());
        to.time(a.modified());
        to.time(a.changed());
        to.time(a.created());
        to.i64(a.change());
    }

    static Attributes attributes(Decoder from) {
        return new Attributes(
                from.key(),
                from.ordinal(FlareType.values()),
                from.u16(),
                from.i32(),
                from.i32(),
                from.i32(),
                from.i64(),
                from.i64(),
                from.i64(),
                from.time(),
                from.time(),
                from.time(),
                from.time(),
                from.i64());
    }

    /** One byte says which fields follow. */
    static void changes(Encoder to, AttributeChanges c) {
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

    static AttributeChanges changes(Decoder from) {
        int fields = from.u8();
        if (fields >= HAS_MODIFIED << 1) {
            throw new MalformedException("no changes: " + fields);
        }
        return new AttributeChanges(
                (fields & HAS_MODE) == 0 ? null : Integer.valueOf(from.u16()),
                (fields & HAS_UID) == 0 ? null : Integer.valueOf(from.i32()),
                (fields & HAS_GID) == 0 ? null : Integer.valueOf(from.i32()),
                (fields & HAS_SIZE) == 0 ? null : Long.valueOf(from.i64()),
                (fields & HAS_ACCESSED) == 0 ? null : time(from),
                (fields & HAS_MODIFIED) == 0 ? null : time(from));
    }

    private static void time(Encoder to, @Nullable TimeChange change) {
        if (change instanceof TimeChange.At at) {
            to.flag(true);
            to.time(at.time());
        } else if (change != null) {
            to.flag(false);
        }
    }

    private static TimeChange time(Decoder from) {
        return from.flag() ? new TimeChange.At(from.time()) : new TimeChange.Now();
    }

    /** A list without entries stands for none. */
    static void acl(Encoder to, @Nullable Acl acl) {
        to.list(
                acl == null ? List.of() : acl.entries(),
                (out, entry) -> out.ordinal(entry.tag()).i32(entry.id()).u8(entry.permissions()));
    }

    static @Nullable Acl acl(Decoder from) {
        List<Acl.Entry> entries =
                from.list(Acl.MAX_ENTRIES, 6, in -> new Acl.Entry(in.ordinal(Acl.Tag.values()), in.i32(), in.u8()));
        return entries.isEmpty() ? null : new Acl(entries);
    }

    static void range(Encoder to, Lock.Range range) {
        to.i64(range.start()).i64(range.end());
    }

    static Lock.Range range(Decoder from) {
        return new Lock.Range(from.i64(), from.i64());
    }

    static void lock(Encoder to, Lock lock) {
        to.ordinal(lock.family()).i64(lock.owner().id()).flag(lock.exclusive());
        range(to, lock.range());
        to.i32(lock.pid());
    }

    static Lock lock(Decoder from) {
        return new Lock(
                from.ordinal(Lock.Family.values()), new Lock.Owner(from.i64()), from.flag(), range(from), from.i32());
    }
}
