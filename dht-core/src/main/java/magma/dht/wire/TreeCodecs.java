package magma.dht.wire;

import java.util.List;
import magma.dht.wire.TreeRequest.Access;
import magma.dht.wire.TreeRequest.Create;
import magma.dht.wire.TreeRequest.EndSession;
import magma.dht.wire.TreeRequest.FindConflict;
import magma.dht.wire.TreeRequest.GetAcl;
import magma.dht.wire.TreeRequest.GetAttributes;
import magma.dht.wire.TreeRequest.GetStatistics;
import magma.dht.wire.TreeRequest.GetXattr;
import magma.dht.wire.TreeRequest.HoldsLock;
import magma.dht.wire.TreeRequest.Link;
import magma.dht.wire.TreeRequest.ListXattrs;
import magma.dht.wire.TreeRequest.Lookup;
import magma.dht.wire.TreeRequest.MakeDirectory;
import magma.dht.wire.TreeRequest.MakeNode;
import magma.dht.wire.TreeRequest.MakeSymlink;
import magma.dht.wire.TreeRequest.Numbered;
import magma.dht.wire.TreeRequest.Parent;
import magma.dht.wire.TreeRequest.ReadLink;
import magma.dht.wire.TreeRequest.ReleaseLock;
import magma.dht.wire.TreeRequest.RemoveDirectory;
import magma.dht.wire.TreeRequest.RemoveXattr;
import magma.dht.wire.TreeRequest.Rename;
import magma.dht.wire.TreeRequest.SetAcl;
import magma.dht.wire.TreeRequest.SetAttributes;
import magma.dht.wire.TreeRequest.SetXattr;
import magma.dht.wire.TreeRequest.SyncAll;
import magma.dht.wire.TreeRequest.TakeLock;
import magma.dht.wire.TreeRequest.Unlink;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.Lock;
import magma.fs.OpenOption;

/** Types 0x101 to 0x1ff: calls of {@link magma.fs.FileSystem}. */
final class TreeCodecs {
    private TreeCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    0x101,
                    Lookup.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                    },
                    from -> new Lookup(FsFields.caller(from), from.key(), FsFields.name(from))),
            Codec.of(0x102, Parent.class, (m, to) -> to.key(m.directory()), from -> new Parent(from.key())),
            Codec.of(0x103, GetAttributes.class, (m, to) -> to.key(m.flare()), from -> new GetAttributes(from.key())),
            Codec.of(
                    0x104,
                    SetAttributes.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        FsFields.changes(to, m.changes());
                        to.i64(m.through());
                    },
                    from -> new SetAttributes(FsFields.caller(from), from.key(), FsFields.changes(from), from.i64())),
            Codec.of(
                    0x105,
                    Access.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        FsFields.set(to, m.wanted());
                    },
                    from -> new Access(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.set(from, AccessMode.class, AccessMode.values()))),
            Codec.of(
                    0x106,
                    Create.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                        to.u16(m.mode()).flag(m.exclusive());
                        FsFields.set(to, m.options());
                    },
                    from -> new Create(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.name(from),
                            from.u16(),
                            from.flag(),
                            FsFields.set(from, OpenOption.class, OpenOption.values()))),
            Codec.of(
                    0x107,
                    MakeDirectory.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                        to.u16(m.mode());
                    },
                    from -> new MakeDirectory(FsFields.caller(from), from.key(), FsFields.name(from), from.u16())),
            Codec.of(
                    0x108,
                    MakeNode.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                        to.ordinal(m.type()).u16(m.mode()).i64(m.device());
                    },
                    from -> new MakeNode(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.name(from),
                            from.ordinal(FlareType.values()),
                            from.u16(),
                            from.i64())),
            Codec.of(
                    0x109,
                    MakeSymlink.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                        to.bytes(m.target());
                    },
                    from -> new MakeSymlink(
                            FsFields.caller(from), from.key(), FsFields.name(from), from.bytes(Frame.MAX_BODY))),
            Codec.of(0x10a, ReadLink.class, (m, to) -> to.key(m.symlink()), from -> new ReadLink(from.key())),
            Codec.of(
                    0x10b,
                    Link.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                    },
                    from -> new Link(FsFields.caller(from), from.key(), from.key(), FsFields.name(from))),
            Codec.of(
                    0x10c,
                    Unlink.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                    },
                    from -> new Unlink(FsFields.caller(from), from.key(), FsFields.name(from))),
            Codec.of(
                    0x10d,
                    RemoveDirectory.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                        FsFields.name(to, m.name());
                    },
                    from -> new RemoveDirectory(FsFields.caller(from), from.key(), FsFields.name(from))),
            Codec.of(
                    0x10e,
                    Rename.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.fromDirectory());
                        FsFields.name(to, m.from());
                        to.key(m.toDirectory());
                        FsFields.name(to, m.to());
                        to.ordinal(m.mode());
                    },
                    from -> new Rename(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.name(from),
                            from.key(),
                            FsFields.name(from),
                            from.ordinal(RenameMode.values()))),
            Codec.of(0x10f, GetStatistics.class, (m, to) -> {}, from -> new GetStatistics()),
            Codec.of(
                    0x110,
                    GetXattr.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        FsFields.xattrName(to, m.name());
                    },
                    from -> new GetXattr(FsFields.caller(from), from.key(), FsFields.xattrName(from))),
            Codec.of(
                    0x111,
                    SetXattr.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        FsFields.xattrName(to, m.name());
                        to.bytes(m.value()).ordinal(m.mode());
                    },
                    from -> new SetXattr(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.xattrName(from),
                            from.bytes(Frame.MAX_BODY),
                            from.ordinal(XattrMode.values()))),
            Codec.of(
                    0x112,
                    ListXattrs.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                    },
                    from -> new ListXattrs(FsFields.caller(from), from.key())),
            Codec.of(
                    0x113,
                    RemoveXattr.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        FsFields.xattrName(to, m.name());
                    },
                    from -> new RemoveXattr(FsFields.caller(from), from.key(), FsFields.xattrName(from))),
            Codec.of(
                    0x114,
                    GetAcl.class,
                    (m, to) -> {
                        to.key(m.flare());
                        to.ordinal(m.kind());
                    },
                    from -> new GetAcl(from.key(), from.ordinal(Acl.Kind.values()))),
            Codec.of(
                    0x115,
                    SetAcl.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.flare());
                        to.ordinal(m.kind());
                        FsFields.acl(to, m.acl());
                    },
                    from -> new SetAcl(
                            FsFields.caller(from), from.key(), from.ordinal(Acl.Kind.values()), FsFields.acl(from))),
            Codec.of(
                    0x116,
                    TakeLock.class,
                    (m, to) -> {
                        to.key(m.file());
                        FsFields.lock(to, m.lock());
                        to.flag(m.waiting());
                    },
                    from -> new TakeLock(from.key(), FsFields.lock(from), from.flag())),
            Codec.of(
                    0x117,
                    ReleaseLock.class,
                    (m, to) -> {
                        to.key(m.file());
                        to.ordinal(m.family()).i64(m.owner().id());
                        FsFields.range(to, m.range());
                    },
                    from -> new ReleaseLock(
                            from.key(),
                            from.ordinal(Lock.Family.values()),
                            new Lock.Owner(from.i64()),
                            FsFields.range(from))),
            Codec.of(
                    0x118,
                    FindConflict.class,
                    (m, to) -> {
                        to.key(m.file());
                        FsFields.lock(to, m.lock());
                    },
                    from -> new FindConflict(from.key(), FsFields.lock(from))),
            Codec.of(0x119, SyncAll.class, (m, to) -> {}, from -> new SyncAll()),
            Codec.of(0x11a, EndSession.class, (m, to) -> {}, from -> new EndSession()),
            Codec.of(
                    0x11b,
                    Numbered.class,
                    (m, to) -> Codecs.inner(to.i32(m.slot()).i64(m.sequence()).flag(m.again()), m.request()),
                    from -> new Numbered(from.i32(), from.i64(), from.flag(), Codecs.inner(from, TreeRequest.class))),
            Codec.of(
                    0x11c,
                    HoldsLock.class,
                    (m, to) -> {
                        to.key(m.file());
                        FsFields.lock(to, m.lock());
                    },
                    from -> new HoldsLock(from.key(), FsFields.lock(from))));
}
