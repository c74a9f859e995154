package magma.shell;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.vulcano.VulcanoClient;
import magma.vulcano.VulcanoClient.CertificateOf;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "members",
        description = {
            "Shows who may connect: every certificate that the network's authority has signed, until a week after it expires.",
            "\"magma expel\" makes them worth nothing."
        },
        footer = {"  magma members", "  magma members --json"})
final class MembersVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<CertificateOf> all;
        try (VulcanoClient client = target.connect()) {
            all = client.certificates();
        }
        if (json) {
            List<Map<String, Object>> shapes = new ArrayList<>();
            all.forEach(each -> shapes.add(shape(each)));
            Json.print(out(), Map.of("certificates", shapes));
            return ExitCode.OK;
        }
        out().printf("%-9s  %-36s  %-8s  %-20s  %s%n", "role", "name", "state", "expires", "serial");
        for (CertificateOf each : all) {
            out().printf(
                            "%-9s  %-36s  %-8s  %-20s  %s%n",
                            each.role(), each.name(), state(each), each.expires(), each.serial());
        }
        return ExitCode.OK;
    }

    private static String state(CertificateOf certificate) {
        if (certificate.revoked()) {
            return "revoked";
        }
        return certificate.expires().isBefore(Instant.now()) ? "expired" : "good";
    }

    private static Map<String, Object> shape(CertificateOf certificate) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("serial", certificate.serial());
        one.put("role", certificate.role());
        one.put("name", certificate.name());
        one.put("state", state(certificate));
        one.put("expires", certificate.expires().toString());
        return one;
    }
}
