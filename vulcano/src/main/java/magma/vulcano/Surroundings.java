package magma.vulcano;

import java.io.IOException;
import java.time.InstantSource;
import magma.identity.IdentityException;
import magma.identity.IdentityStore;

/**
 * What a vulcano finds around it, which tests replace.
 *
 * @param level up to which the build can run; see {@link Build#LEVEL}
 */
record Surroundings(InstantSource clock, int level, People people) {

    /** Where this user's identities are. */
    @FunctionalInterface
    interface People {
        IdentityStore identities() throws IOException;
    }

    static Surroundings usual() {
        return new Surroundings(InstantSource.system(), Build.LEVEL, Surroundings::own);
    }

    private static IdentityStore own() throws IdentityException {
        return IdentityStore.of(System.getenv());
    }
}
