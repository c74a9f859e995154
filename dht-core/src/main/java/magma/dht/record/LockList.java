package magma.dht.record;

import java.util.List;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Limits;
import magma.fs.Lock;

/** The advisory locks that are held on one file, of both families. */
public record LockList(List<Held> locks) {
    /** The most locks of one file. */
    public static final int MAX_LOCKS = Limits.LOCKS;

    private static final int FORMAT = 1;
    private static final int HELD_BYTES = 46;

    /**
     * A lock that is held.
     *
     * @param session whose owner has it; sessions never share owners
     */
    public record Held(UUID session, Lock lock) {}

    public LockList {
        if (locks.size() > MAX_LOCKS) {
            throw new IllegalArgumentException(locks.size() + " locks of one file, at most " + MAX_LOCKS + " are kept");
        }
        locks = List.copyOf(locks);
    }

    public byte[] encode() {
        return new Encoder(5 + HELD_BYTES * locks.size())
                .u8(FORMAT)
                .list(locks, LockList::write)
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no list of locks */
    public static LockList decode(byte[] bytes) {
        return Decoder.decode("list of locks", bytes, from -> {
            RecordFormat.check("list of locks", from.u8(), FORMAT);
            return new LockList(from.list(MAX_LOCKS, HELD_BYTES, LockList::read));
        });
    }

    private static void write(Encoder to, Held held) {
        Lock lock = held.lock();
        to.uuid(held.session())
                .ordinal(lock.family())
                .i64(lock.owner().id())
                .flag(lock.exclusive())
                .i64(lock.range().start())
                .i64(lock.range().end())
                .i32(lock.pid());
    }

    private static Held read(Decoder from) {
        UUID session = from.uuid();
        Lock.Family family = from.ordinal(Lock.Family.values());
        Lock.Owner owner = new Lock.Owner(from.i64());
        boolean exclusive = from.flag();
        Lock.Range range = new Lock.Range(from.i64(), from.i64());
        return new Held(session, new Lock(family, owner, exclusive, range, from.i32()));
    }
}
