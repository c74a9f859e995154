package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.vulcano.VulcanoClient;
import magma.vulcano.VulcanoClient.SessionOf;
import magma.vulcano.VulcanoClient.SliceOf;
import magma.vulcano.VulcanoClient.Status;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = "Shows how a vulcano is: its network, space, slices, sessions and mounts.",
        footer = {"  magma status", "  magma status --data /srv/magma", "  magma status --connect 127.0.0.1:4711 --json"
        })
final class StatusVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--slices", description = "List every slice.")
    private boolean slices;

    @Override
    public Integer call() throws IOException {
        try (VulcanoClient client = target.connect()) {
            Status status = client.status();
            if (json) {
                Json.print(out(), shape(status));
            } else {
                print(status, out());
            }
        }
        return ExitCode.OK;
    }

    private void print(Status s, PrintWriter out) {
        out.printf("network   %s (%s)%n", s.name(), s.network());
        out.printf(
                "vulcano   %s, process %d, up %s, magma %s%n",
                s.listen(), s.pid(), Texts.time(s.uptime()), s.version());
        out.printf("data      %s%n", s.data());
        out.printf("flares    %,d%n", s.flares());
        out.printf(
                "space     %s stored, %s free, %s may still be stored%n",
                Texts.bytes(s.storedBytes()), Texts.bytes(s.freeBytes()), Texts.bytes(s.availableBytes()));
        out.printf("slices    %d, of which %d primary here%n", s.slices().size(), primaries(s));
        if (slices) {
            for (SliceOf slice : s.slices()) {
                out.printf("  %4d  %s  epoch %d  %s%n", slice.id(), slice.first(), slice.epoch(), slice.role());
            }
        }
        out.printf("mounts    %s%n", s.mounts().isEmpty() ? "none in this process" : String.join(", ", s.mounts()));
        out.printf("sessions  %d over the wire%n", s.sessions().size());
        for (SessionOf session : s.sessions()) {
            out.printf("  %s, for %s, %d open%n", session.client(), Texts.time(session.age()), session.opens());
        }
    }

    private static long primaries(Status status) {
        return status.slices().stream()
                .filter(slice -> slice.role().equals("primary"))
                .count();
    }

    private static Map<String, Object> shape(Status s) {
        Map<String, Object> shape = new LinkedHashMap<>();
        shape.put("network", Map.of("id", s.network(), "name", s.name()));
        shape.put("version", s.version());
        shape.put("pid", s.pid());
        shape.put("uptimeSeconds", s.uptime().toMillis() / 1000.0);
        shape.put("listen", s.listen());
        shape.put("data", s.data());
        shape.put("flares", s.flares());
        Map<String, Object> space = new LinkedHashMap<>();
        space.put("storedBytes", s.storedBytes());
        space.put("freeBytes", s.freeBytes());
        space.put("availableBytes", s.availableBytes());
        shape.put("space", space);
        List<Map<String, Object>> slices = new ArrayList<>();
        for (SliceOf slice : s.slices()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", slice.id());
            one.put("first", slice.first());
            one.put("last", slice.last());
            one.put("epoch", slice.epoch());
            one.put("role", slice.role());
            slices.add(one);
        }
        shape.put("slices", slices);
        List<Map<String, Object>> sessions = new ArrayList<>();
        for (SessionOf session : s.sessions()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("client", session.client());
            one.put("ageSeconds", session.age().toMillis() / 1000.0);
            one.put("opens", session.opens());
            sessions.add(one);
        }
        shape.put("sessions", sessions);
        shape.put("mounts", s.mounts());
        return shape;
    }
}
