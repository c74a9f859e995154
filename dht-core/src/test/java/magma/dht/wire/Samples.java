package magma.dht.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenOption;
import magma.fs.Statistics;
import magma.fs.XattrName;

/** One message of each kind, all fields told apart by their values. */
final class Samples {
    static final Key KEY = new Key(0x0102030405060708L, 0x1112131415161718L, 0x21222324);
    static final Key OTHER = new Key(-2L, -3L, -4);
    static final Caller CALLER = Caller.of(1000, 1001, Set.of(1002), 022);
    static final UUID ID = new UUID(0xa1a2a3a4a5a6a7a8L, 0xb1b2b3b4b5b6b7b8L);

    private Samples() {}

    static Map<String, Message> all() {
        Map<String, Message> all = new LinkedHashMap<>();
        for (Message message : messages()) {
            all.put(message.getClass().getSimpleName(), message);
        }
        return all;
    }

    private static List<Message> messages() {
        List<Message> list = new ArrayList<>(signals());
        list.addAll(tree());
        list.addAll(files());
        list.addAll(replies());
        list.addAll(administration());
        list.addAll(PeerSamples.all());
        list.addAll(MembershipSamples.all());
        return list;
    }

    private static List<Message> signals() {
        return List.of(
                new Signal.Hello(7, ID, Signal.Purpose.SESSION, "fuse /mnt", new UUID(5, 6), 11),
                new Signal.Welcome(7, ID, new UUID(1, 2), new UUID(3, 4), KEY, 128, 1 << 24),
                new Signal.Refused(Signal.Reason.NETWORK, 1, 2, "no"),
                new Signal.Cancel(),
                new Signal.Changed(9, new Change.OfEntry(KEY, name("n"))),
                new Signal.ChangesSeen(9),
                new Signal.Ping(),
                new Signal.Pong());
    }

    private static List<Message> tree() {
        Lock lock = new Lock(Lock.Family.FLOCK, new Lock.Owner(5), true, new Lock.Range(1, 2), 77);
        return List.of(
                new TreeRequest.Lookup(CALLER, KEY, name("name")),
                new TreeRequest.Parent(KEY),
                new TreeRequest.GetAttributes(KEY),
                new TreeRequest.SetAttributes(
                        CALLER,
                        KEY,
                        new AttributeChanges(
                                0640,
                                1,
                                null,
                                9L,
                                new TimeChange.Now(),
                                new TimeChange.At(Instant.ofEpochSecond(3, 4))),
                        6),
                new TreeRequest.Access(CALLER, KEY, EnumSet.of(AccessMode.EXECUTE, AccessMode.READ)),
                new TreeRequest.Create(CALLER, KEY, name("c"), 0644, true, EnumSet.of(OpenOption.WRITE)),
                new TreeRequest.MakeDirectory(CALLER, KEY, name("d"), 0755),
                new TreeRequest.MakeNode(CALLER, KEY, name("dev"), FlareType.BLOCK_DEVICE, 0600, 0x801),
                new TreeRequest.MakeSymlink(CALLER, KEY, name("s"), "to".getBytes(UTF_8)),
                new TreeRequest.ReadLink(KEY),
                new TreeRequest.Link(CALLER, KEY, OTHER, name("l")),
                new TreeRequest.Unlink(CALLER, KEY, name("u")),
                new TreeRequest.RemoveDirectory(CALLER, KEY, name("r")),
                new TreeRequest.Rename(CALLER, KEY, name("a"), OTHER, name("b"), RenameMode.EXCHANGE),
                new TreeRequest.GetStatistics(),
                new TreeRequest.GetXattr(CALLER, KEY, new XattrName("user.x")),
                new TreeRequest.SetXattr(CALLER, KEY, new XattrName("user.x"), new byte[] {1, 2}, XattrMode.REPLACE),
                new TreeRequest.ListXattrs(CALLER, KEY),
                new TreeRequest.RemoveXattr(CALLER, KEY, new XattrName("user.x")),
                new TreeRequest.GetAcl(KEY, Acl.Kind.DEFAULT),
                new TreeRequest.SetAcl(CALLER, KEY, Acl.Kind.ACCESS, Acl.ofMode(0751)),
                new TreeRequest.TakeLock(KEY, lock, true),
                new TreeRequest.ReleaseLock(KEY, Lock.Family.POSIX, new Lock.Owner(5), Lock.Range.ALL),
                new TreeRequest.FindConflict(KEY, lock),
                new TreeRequest.HoldsLock(KEY, lock),
                new TreeRequest.SyncAll(),
                new TreeRequest.Numbered(17, 18, true, new TreeRequest.Unlink(CALLER, KEY, name("u"))),
                new TreeRequest.EndSession());
    }

    private static List<Message> files() {
        Set<OpenOption> options = EnumSet.of(OpenOption.READ, OpenOption.SYNC);
        return List.of(
                new FileRequest.OpenFile(CALLER, KEY, options),
                new FileRequest.ReopenFile(KEY, options),
                new FileRequest.OpenDirectory(CALLER, KEY),
                new FileRequest.ReopenDirectory(KEY),
                new FileRequest.Read(3, 4096, 512),
                new FileRequest.Write(3, CALLER, 4096, content()),
                new FileRequest.Append(3, CALLER, content()),
                new FileRequest.Flush(3),
                new FileRequest.Sync(3, true),
                new FileRequest.Allocate(3, CALLER, 1, 2, true),
                new FileRequest.Punch(3, CALLER, 1, 2),
                new FileRequest.Seek(3, 10, true),
                new FileRequest.Copy(3, CALLER, 1, 4, 2, 5),
                new FileRequest.ListEntries(3, 99, 100, true),
                new FileRequest.SyncDirectory(3),
                new FileRequest.Close(3));
    }

    private static List<Message> replies() {
        return List.of(
                new Reply.Done(),
                new Reply.Failure(Errno.ENOSPC, "full"),
                new Reply.AttributesOf(attributes()),
                new Reply.KeyOf(KEY),
                new Reply.Content(content()),
                new Reply.CreatedFile(attributes(), 3, true),
                new Reply.Opened(3),
                new Reply.Amount(42),
                new Reply.Names(List.of(new XattrName("user.a"), new XattrName("user.b"))),
                new Reply.AclOf(null),
                new Reply.Conflict(new Lock(Lock.Family.POSIX, new Lock.Owner(1), false, new Lock.Range(0, 9), 8)),
                new Reply.StatisticsOf(new Statistics(4096, 1, 2, 3, 4, 5)),
                new Reply.Page(new OpenDirectory.Page(
                        List.of(
                                new OpenDirectory.Entry(name("e"), KEY, FlareType.FILE, 12, attributes()),
                                new OpenDirectory.Entry(name("f"), OTHER, FlareType.FIFO, 13, null)),
                        true)));
    }

    private static List<Message> administration() {
        return List.of(
                new AdminRequest.GetStatus(),
                new AdminRequest.Stop(),
                new AdminRequest.CheckNamespace(),
                new AdminRequest.CompareReplicas(),
                new AdminRequest.Locate("/a".getBytes(UTF_8)),
                new AdminRequest.FlushAll(),
                new Reply.StatusOf(
                        ID,
                        "lava",
                        "1",
                        9,
                        Duration.ofSeconds(2),
                        "127.0.0.1:1",
                        "/d",
                        1,
                        2,
                        3,
                        4,
                        List.of(new Reply.SliceStatus(1, KEY, OTHER, 2, "primary", -1)),
                        List.of(new Reply.SessionStatus("fuse", Duration.ofMillis(5), 6)),
                        List.of("/mnt")),
                new Reply.Findings(List.of("1 file"), 1, List.of("bad")),
                new Reply.Places(List.of(new Reply.Place("flare", "/", KEY, 5))));
    }

    private static Attributes attributes() {
        return new Attributes(
                KEY,
                FlareType.FILE,
                04755,
                2,
                1000,
                1001,
                5000,
                8192,
                0,
                Instant.ofEpochSecond(1, 2),
                Instant.ofEpochSecond(3, 4),
                Instant.ofEpochSecond(-5, 6),
                Instant.ofEpochSecond(7, 8),
                99);
    }

    private static ByteBuffer content() {
        return ByteBuffer.wrap("bytes".getBytes(UTF_8));
    }

    private static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
