package magma.vulcano;

import java.io.IOException;
import java.util.List;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import magma.fs.Volume;

/** The filesystem that a vulcano serves, and what operators may ask of it. */
interface Store extends AutoCloseable {

    /** Opens what a data directory holds; makes it where the directory is new. */
    interface Opener {
        Store open(DataDirectory directory) throws IOException;
    }

    Volume volume();

    List<Reply.SliceStatus> slices() throws FsException;

    /** Total, used and available bytes. */
    Space space() throws FsException;

    /**
     * @param stored what storage takes, in bytes
     * @param free what the disk has left
     * @param available what may still be stored
     */
    record Space(long flares, long stored, long free, long available) {}

    /** Checks the namespace, and changes nothing. */
    Reply.Findings check() throws FsException;

    /** Where the records of a path are. */
    Reply.Places locate(byte[] path) throws FsException;

    /** Returns when all is durable. */
    void flush() throws FsException;

    /** Flushes and lets go. */
    @Override
    void close() throws IOException;
}
