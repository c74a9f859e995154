package magma.dht.front;

import magma.fs.FileSystem;

/** A session whose operations can be numbered by whoever asks for them, so that each is carried out once however often it is asked for. */
public interface Numbering {
    /** The session for the calls of one operation. */
    FileSystem numbered(Operation operation);
}
