package magma.vulcano;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import magma.dht.record.FeatureLevel;

/** What this build is. */
public final class Build {
    /** The release, as "0.1.0-SNAPSHOT". */
    public static final String VERSION = load();

    /**
     * Up to which feature level this build can run. A build that brings what older ones cannot read, on the wire or on disk, knows one level more, and uses it when the
     * network's level says that all can (docs/council.md).
     */
    public static final int LEVEL = FeatureLevel.LATEST;

    private Build() {}

    private static String load() {
        try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
