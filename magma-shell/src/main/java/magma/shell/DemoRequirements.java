package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.vulcano.Mounts;

/** Sees to it that this machine can mount. */
final class DemoRequirements {
    /** Package manager, and how it installs libfuse2 and fusermount. */
    private static final Map<String, String> INSTALLERS = new LinkedHashMap<>();

    static {
        INSTALLERS.put(
                "apt-get",
                "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends fuse"
                        + " && { DEBIAN_FRONTEND=noninteractive apt-get install -y -q libfuse2"
                        + " || DEBIAN_FRONTEND=noninteractive apt-get install -y -q libfuse2t64; }");
        INSTALLERS.put("dnf", "dnf install -y fuse-libs fuse");
        INSTALLERS.put("zypper", "zypper --non-interactive install libfuse2 fuse");
        INSTALLERS.put("pacman", "pacman -S --noconfirm fuse2");
        INSTALLERS.put("apk", "apk add fuse");
    }

    private DemoRequirements() {}

    /** Installs what is missing where this is root, after saying so; says how otherwise. @return whether all is there */
    static boolean areMet(PrintWriter err) throws IOException, InterruptedException {
        List<String> missing = Mounts.missing();
        if (missing.isEmpty()) {
            return true;
        }
        missing.forEach(each -> err.println("magma: " + each));
        String command = installer();
        if (command.isEmpty() || !Files.exists(Path.of("/dev/fuse"))) {
            return false;
        }
        if (!isRoot()) {
            err.println("magma: run as root: " + command);
            return false;
        }
        err.println("Installing: " + command);
        int status = new ProcessBuilder("sh", "-c", "{ " + command + "; } >&2 < /dev/null")
                .inheritIO()
                .start()
                .waitFor();
        List<String> still = Mounts.missing();
        still.forEach(each -> err.println("magma: still missing: " + each));
        if (status != 0) {
            err.println("magma: installing failed with status " + status);
        }
        return still.isEmpty();
    }

    private static String installer() {
        for (Map.Entry<String, String> each : INSTALLERS.entrySet()) {
            if (Files.isExecutable(Path.of("/usr/bin", each.getKey()))
                    || Files.isExecutable(Path.of("/sbin", each.getKey()))) {
                return each.getValue();
            }
        }
        return "";
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }
}
