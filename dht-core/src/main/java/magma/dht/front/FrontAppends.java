package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.List;
import magma.dht.transport.NoContactException;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import org.jspecify.annotations.Nullable;

/** The appends through one open file, one at a time: each may have to be made at the next home, and none twice. */
final class FrontAppends {
    private final FrontSession session;
    private final Key flare;
    private final FileAtHome atHome;
    private final Unflushed unflushed;

    /** How long the file was last known to be by an append, at least; -1 for not known. */
    private long appendedTo = -1;

    FrontAppends(FrontSession session, Key flare, FileAtHome atHome, Unflushed unflushed) {
        this.session = session;
        this.flare = flare;
        this.atHome = atHome;
        this.unflushed = unflushed;
    }

    /** To be called by one thread at a time. @return where it was written */
    long append(Caller caller, ByteBuffer from) throws FsException {
        if (appendedTo < 0) {
            appendedTo = session.getAttributes(flare).size();
        }
        int length = from.remaining();
        Appending appending = new Appending(caller, from, appendedTo);
        long at = atHome.call(appending);
        if (appending.missing != null) {
            write(appending.missing);
        }
        appendedTo = at + length;
        return at;
    }

    private void write(Unflushed.Written missing) throws FsException {
        int written = 0;
        try {
            written = atHome.call(file -> {
                FileAtHome.writeAgain(file, List.of(missing));
                return missing.data().remaining();
            });
        } finally {
            unflushed.written(missing, written);
        }
    }

    /**
     * An append that may have to be made at the next home. What the last home had of it is gone with that home, unless it was stored already. If it was, the file has become
     * longer; if the file has not, it was not, and is made again. Otherwise somebody else may have appended as well, and nobody can tell.
     */
    private final class Appending implements FileAtHome.Call<Long> {
        private final Caller caller;
        private final ByteBuffer from;
        private final int start;
        private final long lengthBefore;
        private boolean mayBeDone;

        /** What is missing where all that was kept has been written again meanwhile, by another open file. */
        private Unflushed.@Nullable Written missing;

        Appending(Caller caller, ByteBuffer from, long lengthBefore) {
            this.caller = caller;
            this.from = from;
            this.start = from.position();
            this.lengthBefore = lengthBefore;
        }

        @Override
        public Long on(OpenFile file) throws FsException {
            if (mayBeDone && session.getAttributes(flare).size() > lengthBefore) {
                throw new FsException(
                        Errno.EIO,
                        "contact with a vulcano was lost while it appended; the file is longer since, by this or by others");
            }
            mayBeDone = false;
            from.position(start);
            ByteBuffer data = from.duplicate();
            long at;
            try {
                at = file.append(caller, from);
            } catch (FsException e) {
                mayBeDone = e.getCause() instanceof NoContactException lost && lost.isSent();
                throw e;
            }
            if (!atHome.whileOpen(file, arrival -> missing = unflushed.add(caller, at, data, arrival))) {
                // What is kept was written again elsewhere by another thread, without this.
                mayBeDone = true;
                throw new FsException(Errno.EREMOTE, "the file was opened elsewhere while it was appended to");
            }
            return at;
        }
    }
}
