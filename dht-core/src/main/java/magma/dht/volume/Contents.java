package magma.dht.volume;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.namespace.Namespace;
import magma.dht.record.Flare;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * The content of every file that is in use and whose slice is led here, one for each file however many use it. Each use holds the flare open at its slice's primary.
 * When the term in which a content came to be is over, or nobody knows any more what its record is, it is no more: whoever uses it is told so, and a next use makes another, when nothing of the one before is
 * under way.
 */
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
    private final SpaceCredit credit;
    private final ChunkFences fences;
    private final Map<Key, Use> uses = new ConcurrentHashMap<>();
    private final Object[] stripes = new Object[STRIPES];

    Contents(Namespace namespace, Slices slices) {
        this.namespace = namespace;
        this.slices = slices;
        this.credit = new SpaceCredit(slices);
        this.fences = new ChunkFences(slices);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    /**
     * Begins one use.
     *
     * @param holder in whose name the file is held open
     * @throws FsException ENOENT when there is no such file; EINVAL when it is none; EREMOTE
     */
    FileContent acquire(Key key, UUID holder) throws FsException {
        synchronized (stripe(key)) {
            Term term = Term.of(slices, key);
            Use use = uses.get(key);
            if (use != null && !use.content.isOf(term)) {
                // First: what it has under way may change the record that is read now.
                use.content.drop();
                uses.remove(key);
                use = null;
            }
            Flare flare = namespace.hold(key, holder, term.number());
            if (flare.type() != FlareType.FILE) {
                namespace.release(key, holder, term.number());
                throw new FsException(Errno.EINVAL, key + " is a " + flare.type());
            }
            if (use == null) {
                use = new Use(new FileContent(
                        key,
                        flare,
                        term,
                        namespace,
                        new ChunkStore(namespace, slices, key, flare.content().layout(), term, fences),
                        credit));
                uses.put(key, use);
            }
            use.users++;
            return use.content;
        }
    }

    /** Ends one use. The last one flushes; what cannot be stored then is lost, and the caller told. */
    void release(FileContent content, UUID holder) throws FsException {
        try {
            end(content);
        } finally {
            letGo(content.key(), holder, content.term());
        }
    }

    /** Ends one use as {@link #release} does, but the file is held open still: {@link #letGo} must follow. */
    void end(FileContent content) throws FsException {
        synchronized (stripe(content.key())) {
            Use use = uses.get(content.key());
            if (use == null || use.content != content) {
                content.demandHome();
            } else if (use.users > 1) {
                use.users--;
            } else {
                try {
                    content.flush();
                } finally {
                    content.drop();
                    uses.remove(content.key());
                }
            }
        }
    }

    /** A file or directory is not held open any more by one that held it in that term. */
    void letGo(Key key, UUID holder, Term term) throws FsException {
        try {
            namespace.release(key, holder, term.number());
        } catch (FsException e) {
            // With the term its holds ended.
            if (e.errno() != Errno.EREMOTE) {
                throw e;
            }
        }
    }

    /** This vulcano does not lead the slice any more: nothing more of the files in it is stored from here. Returns at once; {@link #dropLost} must follow. */
    void lost(Slice slice) {
        for (Use use : uses.values()) {
            if (slice.contains(use.content.key())) {
                use.content.lost();
            }
        }
    }

    /** Gives up what waits to be stored of files whose term is over. */
    void dropLost() {
        for (Use use : List.copyOf(uses.values())) {
            FileContent content = use.content;
            if (content.isLost()) {
                content.drop();
                uses.remove(content.key(), use);
            }
        }
    }

    /** The content if somebody uses the file, and its term lasts. */
    @Nullable
    FileContent ifUsed(Key key) {
        Use use = uses.get(key);
        return use == null || use.content.isLost() ? null : use.content;
    }

    /** A session asks for something of the flare. @return whether it knew nothing of a content that is in use */
    boolean looks(Key key, SessionLife session) {
        FileContent content = ifUsed(key);
        return content != null && content.onlookers().looks(session);
    }

    /** Stores what waits of a file. */
    void flush(Key key) throws FsException {
        FileContent content = ifUsed(key);
        if (content != null) {
            content.flush();
        }
    }

    /** Stores what waits of the files in a slice. Who has one open is told of a failure. */
    void flush(Slice slice) {
        for (FileContent content : all()) {
            if (slice.contains(content.key())) {
                content.flushInBackground();
            }
        }
    }

    /** Stores what waits of all files whose term lasts. */
    void flushAll() throws FsException {
        for (FileContent content : all()) {
            try {
                content.flush();
            } catch (FsException e) {
                if (e.errno() != Errno.EREMOTE) {
                    throw e;
                }
            }
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
