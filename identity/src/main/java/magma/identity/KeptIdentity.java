package magma.identity;

import java.io.IOException;
import java.nio.file.Path;

/** Where an identity is kept, for programs to come, and renewed. */
public interface KeptIdentity {
    /** @throws IdentityException when it is missing, damaged, or can be read by others */
    Identity identity() throws IOException;

    /** Puts a renewed identity in place of the one that is there. @throws IdentityException for one of another network */
    void renew(Identity renewed) throws IOException;

    /** A file that whoever renews it locks: one process at a time does so. */
    Path lock();
}
