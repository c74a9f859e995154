package magma.dht.volume;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import magma.dht.namespace.Namespace;
import magma.dht.record.Flare;
import magma.dht.routing.Slices;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** The content of every file that is in use, one for each file however many use it. Each use holds the flare open at its slice's primary. */
final class Contents {
    private static final int STRIPES = 256;

    private static final class Use {
        private final FileContent content;
        private int users;

        private Use(FileContent content) {
            this.content = content;
        }
    }

    private final Namespace namespace;
    private final Slices slices;
    private final UUID holder;
    private final SpaceCredit credit;
    private final Map<Key, Use> uses = new ConcurrentHashMap<>();
    private final Object[] stripes = new Object[STRIPES];

    /** @param holder in whose name files are held open */
    Contents(Namespace namespace, Slices slices, UUID holder) {
        this.namespace = namespace;
        this.slices = slices;
        this.holder = holder;
        this.credit = new SpaceCredit(slices);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    /** @throws FsException ENOENT when there is no such file; EINVAL when it is none */
    FileContent acquire(Key key) throws FsException {
        namespace.demandHome(key);
        synchronized (stripe(key)) {
            Use use = uses.get(key);
            if (use == null) {
                use = new Use(open(key));
                uses.put(key, use);
            }
            use.users++;
            return use.content;
        }
    }

    private FileContent open(Key key) throws FsException {
        Flare flare = namespace.hold(key, holder);
        if (flare.type() != FlareType.FILE) {
            namespace.release(key, holder);
            throw new FsException(Errno.EINVAL, key + " is a " + flare.type());
        }
        return new FileContent(key, flare, namespace, new ChunkStore(namespace, slices, key), credit);
    }

    /** Ends one use. The last one flushes; what cannot be stored then is lost, and the caller told. */
    void release(FileContent content) throws FsException {
        synchronized (stripe(content.key())) {
            Use use = uses.get(content.key());
            if (use == null || use.content != content) {
                // Lost since.
                return;
            }
            if (use.users > 1) {
                use.users--;
                return;
            }
            try {
                content.flush();
            } finally {
                content.drop();
                uses.remove(content.key());
                namespace.release(content.key(), holder);
            }
        }
    }

    /** The content if somebody uses the file. */
    @Nullable
    FileContent ifUsed(Key key) {
        Use use = uses.get(key);
        return use == null ? null : use.content;
    }

    /** Stores what waits of a file. */
    void flush(Key key) throws FsException {
        FileContent content = ifUsed(key);
        if (content != null) {
            content.flush();
        }
    }

    /** Somebody gave a file a capability. */
    void capabilityGiven(Key key) {
        // With whoever opens it just now: that one learns of it here or from the flare.
        synchronized (stripe(key)) {
            FileContent content = ifUsed(key);
            if (content != null) {
                content.capabilityGiven();
            }
        }
    }

    /** Another vulcano answers for some files now: nothing more of them is stored from here, and their users are told to go there. */
    void lose(Predicate<Key> files) {
        uses.entrySet().removeIf(each -> {
            boolean gone = files.test(each.getKey());
            if (gone) {
                each.getValue().content.lose();
            }
            return gone;
        });
    }

    /** Whether no file is in use. */
    boolean isIdle() {
        return uses.isEmpty();
    }

    /** Everything in use now. */
    List<FileContent> all() {
        return uses.values().stream().map(use -> use.content).toList();
    }

    private Object stripe(Key key) {
        return stripes[key.hashCode() & STRIPES - 1];
    }
}
