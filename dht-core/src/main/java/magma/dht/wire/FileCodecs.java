package magma.dht.wire;

import java.util.List;
import magma.dht.wire.FileRequest.Allocate;
import magma.dht.wire.FileRequest.Append;
import magma.dht.wire.FileRequest.Close;
import magma.dht.wire.FileRequest.Copy;
import magma.dht.wire.FileRequest.Flush;
import magma.dht.wire.FileRequest.ListEntries;
import magma.dht.wire.FileRequest.OpenDirectory;
import magma.dht.wire.FileRequest.OpenFile;
import magma.dht.wire.FileRequest.Punch;
import magma.dht.wire.FileRequest.Read;
import magma.dht.wire.FileRequest.ReopenDirectory;
import magma.dht.wire.FileRequest.ReopenFile;
import magma.dht.wire.FileRequest.Seek;
import magma.dht.wire.FileRequest.Sync;
import magma.dht.wire.FileRequest.SyncDirectory;
import magma.dht.wire.FileRequest.Write;
import magma.fs.OpenOption;

/** Types 0x201 to 0x2ff: opening, and calls of open files and directories. */
final class FileCodecs {
    private FileCodecs() {}

    static final List<Codec<?>> ALL = List.of(
            Codec.of(
                    0x201,
                    OpenFile.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.file());
                        FsFields.set(to, m.options());
                    },
                    from -> new OpenFile(
                            FsFields.caller(from),
                            from.key(),
                            FsFields.set(from, OpenOption.class, OpenOption.values()))),
            Codec.of(
                    0x202,
                    ReopenFile.class,
                    (m, to) -> {
                        to.key(m.file());
                        FsFields.set(to, m.options());
                    },
                    from -> new ReopenFile(from.key(), FsFields.set(from, OpenOption.class, OpenOption.values()))),
            Codec.of(
                    0x203,
                    OpenDirectory.class,
                    (m, to) -> {
                        FsFields.caller(to, m.caller());
                        to.key(m.directory());
                    },
                    from -> new OpenDirectory(FsFields.caller(from), from.key())),
            Codec.of(
                    0x204,
                    ReopenDirectory.class,
                    (m, to) -> to.key(m.directory()),
                    from -> new ReopenDirectory(from.key())),
            Codec.of(
                    0x205,
                    Read.class,
                    (m, to) -> to.i64(m.handle()).i64(m.offset()).i32(m.length()),
                    from -> new Read(from.i64(), from.i64(), from.i32())),
            Codec.withContent(
                    0x206,
                    Write.class,
                    (m, to) -> {
                        to.i64(m.handle());
                        FsFields.caller(to, m.caller());
                        to.i64(m.offset());
                    },
                    from -> new Write(from.i64(), FsFields.caller(from), from.i64(), from.content()),
                    Write::content),
            Codec.withContent(
                    0x207,
                    Append.class,
                    (m, to) -> {
                        to.i64(m.handle());
                        FsFields.caller(to, m.caller());
                    },
                    from -> new Append(from.i64(), FsFields.caller(from), from.content()),
                    Append::content),
            Codec.of(0x208, Flush.class, (m, to) -> to.i64(m.handle()), from -> new Flush(from.i64())),
            Codec.of(
                    0x209,
                    Sync.class,
                    (m, to) -> to.i64(m.handle()).flag(m.attributes()),
                    from -> new Sync(from.i64(), from.flag())),
            Codec.of(
                    0x20a,
                    Allocate.class,
                    (m, to) -> {
                        to.i64(m.handle());
                        FsFields.caller(to, m.caller());
                        to.i64(m.offset()).i64(m.length()).flag(m.keepSize());
                    },
                    from -> new Allocate(from.i64(), FsFields.caller(from), from.i64(), from.i64(), from.flag())),
            Codec.of(
                    0x20b,
                    Punch.class,
                    (m, to) -> {
                        to.i64(m.handle());
                        FsFields.caller(to, m.caller());
                        to.i64(m.offset()).i64(m.length());
                    },
                    from -> new Punch(from.i64(), FsFields.caller(from), from.i64(), from.i64())),
            Codec.of(
                    0x20c,
                    Seek.class,
                    (m, to) -> to.i64(m.handle()).i64(m.offset()).flag(m.hole()),
                    from -> new Seek(from.i64(), from.i64(), from.flag())),
            Codec.of(
                    0x20d,
                    Copy.class,
                    (m, to) -> {
                        to.i64(m.handle());
                        FsFields.caller(to, m.caller());
                        to.i64(m.offset()).i64(m.toHandle()).i64(m.toOffset()).i64(m.length());
                    },
                    from -> new Copy(
                            from.i64(), FsFields.caller(from), from.i64(), from.i64(), from.i64(), from.i64())),
            Codec.of(
                    0x20e,
                    ListEntries.class,
                    (m, to) -> to.i64(m.handle()).i64(m.cookie()).i32(m.most()).flag(m.attributes()),
                    from -> new ListEntries(from.i64(), from.i64(), from.i32(), from.flag())),
            Codec.of(0x20f, SyncDirectory.class, (m, to) -> to.i64(m.handle()), from -> new SyncDirectory(from.i64())),
            Codec.of(0x210, Close.class, (m, to) -> to.i64(m.handle()), from -> new Close(from.i64())));
}
