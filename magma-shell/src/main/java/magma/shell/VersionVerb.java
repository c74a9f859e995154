package magma.shell;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.LinkedHashMap;
import java.util.Map;
import magma.vulcano.Build;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

@Command(
        name = "version",
        description = "Says which Magma this is, and which Java runs it.",
        footer = {"  magma version", "  magma version --json"})
final class VersionVerb extends Verb implements IVersionProvider {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public String[] getVersion() {
        return new String[] {"magma " + Build.VERSION};
    }

    @Override
    public Integer call() throws JsonProcessingException {
        String java = Runtime.version() + " (" + System.getProperty("java.vendor") + ")";
        if (json) {
            Map<String, Object> shape = new LinkedHashMap<>();
            shape.put("version", Build.VERSION);
            shape.put("java", java);
            Json.print(out(), shape);
        } else {
            out().println("magma " + Build.VERSION);
            out().println("Java " + java);
        }
        return ExitCode.OK;
    }
}
