package magma.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An identity in a file of its own, beside those that {@link IdentityStore} keeps. In PEM, for its owner alone: the private key, its certificate and what stands between that and the
 * authority's, and last the authority's. A directory with the files of {@link Identity} does as well.
 */
public final class IdentityFile implements KeptIdentity {
    private final Path place;

    private IdentityFile(Path place) {
        this.place = place;
    }

    public static IdentityFile at(Path place) {
        return new IdentityFile(place);
    }

    @Override
    public Identity identity() throws IOException {
        return Files.isDirectory(place)
                ? Identity.load(place)
                : Identity.ofPem(place.toString(), SecretFile.read(place));
    }

    /** Writes one, in place of what is there. Durable on return. */
    public void save(Identity identity) throws IOException {
        if (Files.isDirectory(place)) {
            identity.save(place);
        } else {
            SecretFile.write(place, identity.pem());
        }
    }

    @Override
    public void renew(Identity renewed) throws IOException {
        if (!renewed.network().equals(identity().network())) {
            throw new IdentityException(renewed + " does not belong to " + place);
        }
        save(renewed);
    }

    @Override
    public Path lock() {
        return Files.isDirectory(place)
                ? place.resolve(IdentityStore.LOCK)
                : place.resolveSibling(place.getFileName() + "." + IdentityStore.LOCK);
    }
}
