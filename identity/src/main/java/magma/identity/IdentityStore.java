package magma.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The networks that a person belongs to, in the directory where programs keep what they were told:
 *
 * <pre>
 * $MAGMA_CONFIG, else $XDG_CONFIG_HOME/magma, else ~/.config/magma
 *     default                          the name of one of the directories below
 *     networks/NAME                    NAME is the network's where it can be one of a directory, else its id
 *         identity.key, identity.crt, authority.crt
 *         addresses                    HOST:PORT of vulcanos, one a line
 * </pre>
 */
public final class IdentityStore {
    private static final String NETWORKS = "networks";
    private static final String DEFAULT = "default";
    private static final String ADDRESSES = "addresses";
    static final String LOCK = "renewal.lock";
    private static final String DIRECTORY_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    private final Path directory;

    private IdentityStore(Path directory) {
        this.directory = directory;
    }

    public static IdentityStore in(Path directory) {
        return new IdentityStore(directory);
    }

    /**
     * @param environment the process's
     * @throws IdentityException when it names no place
     */
    public static IdentityStore of(Map<String, String> environment) throws IdentityException {
        String chosen = environment.getOrDefault("MAGMA_CONFIG", "");
        if (!chosen.isEmpty()) {
            return in(Path.of(chosen));
        }
        String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
        if (xdg.startsWith("/")) {
            return in(Path.of(xdg, "magma"));
        }
        String home = environment.getOrDefault("HOME", "");
        if (home.isEmpty()) {
            throw new IdentityException("there is no HOME to keep identities in: set MAGMA_CONFIG to a directory");
        }
        return in(Path.of(home, ".config", "magma"));
    }

    /** One network. */
    public final class Entry implements KeptIdentity {
        private final String name;
        private final UUID network;

        private Entry(String name, UUID network) {
            this.name = name;
            this.network = network;
        }

        /** The directory's name, by which {@link IdentityStore#find} finds it. */
        public String name() {
            return name;
        }

        public UUID network() {
            return network;
        }

        public Path directory() {
            return directory.resolve(NETWORKS).resolve(name);
        }

        @Override
        public Identity identity() throws IOException {
            return Identity.load(directory());
        }

        @Override
        public void renew(Identity renewed) throws IOException {
            if (!renewed.network().equals(network)) {
                throw new IdentityException(renewed + " does not belong to " + name);
            }
            renewed.save(directory());
        }

        @Override
        public Path lock() {
            return directory().resolve(LOCK);
        }

        /** HOST:PORT of vulcanos, the best first; empty for none. */
        public List<String> addresses() throws IOException {
            Path file = directory().resolve(ADDRESSES);
            if (!Files.exists(file)) {
                return List.of();
            }
            return new String(SecretFile.readPublic(file), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        }

        public void setAddresses(List<String> addresses) throws IOException {
            writeLines(directory().resolve(ADDRESSES), addresses);
        }
    }

    /**
     * Adds an identity, or puts it in place of the one of the same network. The first one becomes the default.
     *
     * @param addresses HOST:PORT of vulcanos
     */
    public Entry add(Identity identity, List<String> addresses) throws IOException {
        if (!Files.isDirectory(directory.resolve(NETWORKS))) {
            Files.createDirectories(directory.resolve(NETWORKS), SecretFile.SECRET_DIRECTORY);
        }
        Entry entry = new Entry(nameFor(identity), identity.network());
        identity.save(entry.directory());
        SecretFile.syncDirectory(directory.resolve(NETWORKS));
        entry.setAddresses(addresses);
        if (defaultName().isEmpty()) {
            setDefault(entry);
        }
        return entry;
    }

    private String nameFor(Identity identity) throws IOException {
        for (Entry entry : list()) {
            if (entry.network().equals(identity.network())) {
                return entry.name();
            }
        }
        String name = identity.networkName();
        boolean free = name.matches(DIRECTORY_NAME)
                && !Files.exists(directory.resolve(NETWORKS).resolve(name));
        return free ? name : identity.network().toString();
    }

    /** All, by name. */
    public List<Entry> list() throws IOException {
        Path networks = directory.resolve(NETWORKS);
        List<Entry> entries = new ArrayList<>();
        if (Files.isDirectory(networks)) {
            try (Stream<Path> found = Files.list(networks)) {
                for (Path one : found.filter(Identity::isIn).sorted().toList()) {
                    entries.add(entry(String.valueOf(one.getFileName())));
                }
            }
        }
        return entries;
    }

    private Entry entry(String name) throws IOException {
        Path file = directory.resolve(NETWORKS).resolve(name).resolve(Identity.AUTHORITY);
        X509Certificate authority = Identity.certificates(file).get(0);
        try {
            return new Entry(name, Principals.networkOf(authority));
        } catch (CertificateException e) {
            throw new IdentityException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    /** @param network its name here, or its id */
    public Optional<Entry> find(String network) throws IOException {
        if (network.matches(DIRECTORY_NAME)
                && Identity.isIn(directory.resolve(NETWORKS).resolve(network))) {
            return Optional.of(entry(network));
        }
        return list().stream()
                .filter(entry -> entry.network().toString().equalsIgnoreCase(network))
                .findFirst();
    }

    /** The one that is meant where none is named; the only one where there is one only. */
    public Optional<Entry> findDefault() throws IOException {
        Optional<String> name = defaultName();
        if (name.isPresent()) {
            Optional<Entry> chosen = find(name.get());
            if (chosen.isPresent()) {
                return chosen;
            }
        }
        List<Entry> all = list();
        return all.size() == 1 ? Optional.of(all.get(0)) : Optional.empty();
    }

    public void setDefault(Entry entry) throws IOException {
        writeLines(directory.resolve(DEFAULT), List.of(entry.name()));
    }

    private Optional<String> defaultName() throws IOException {
        Path file = directory.resolve(DEFAULT);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String name = new String(SecretFile.readPublic(file), StandardCharsets.UTF_8).strip();
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    private static void writeLines(Path file, List<String> lines) throws IOException {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        SecretFile.writePublic(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
