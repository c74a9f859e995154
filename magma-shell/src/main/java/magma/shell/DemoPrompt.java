package magma.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Reads commands and has sh run them in the mount, until "exit" or the end of the input. */
final class DemoPrompt {
    private static final String HELP = """
            Type any command of your shell: it runs on this machine, with the mount as its working directory.
              where PATH    which keys and slices hold a path, from the root of the filesystem
              lava          the vulcanos, and which slices they hold
              status        how the first vulcano is
              fsck          check the filesystem
              help          this text
              exit          unmount, stop, and remove all (or keep it, with --keep)
            Ctrl-C ends the command that runs, and not the demo.""";

    private final DemoNetwork network;
    private final PrintWriter out;

    DemoPrompt(DemoNetwork network, PrintWriter out) {
        this.network = network;
        this.out = out;
    }

    /** @return 0, or the status of the last command where the input is no terminal */
    int run() throws IOException, InterruptedException {
        return Boolean.getBoolean("magma.terminal") ? runTerminal() : runPlain();
    }

    private int runPlain() throws IOException, InterruptedException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int status = ExitCode.OK;
        for (String line = in.readLine(); line != null && !isExit(line); line = in.readLine()) {
            status = obey(line);
        }
        return status;
    }

    private int runTerminal() throws IOException, InterruptedException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .variable(LineReader.SECONDARY_PROMPT_PATTERN, "> ")
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            out.println("\"help\" says what can be done here, \"exit\" ends it.");
            while (true) {
                try {
                    String line = reader.readLine("lava:" + network.mount() + "> ");
                    if (isExit(line)) {
                        return ExitCode.OK;
                    }
                    Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, signal -> {});
                    try {
                        int unused = obey(line);
                    } finally {
                        terminal.handle(Terminal.Signal.INT, before);
                    }
                } catch (UserInterruptException ctrlC) {
                    out.println("\"exit\" ends the demo.");
                } catch (EndOfFileException ctrlD) {
                    return ExitCode.OK;
                }
            }
        }
    }

    private static boolean isExit(String line) {
        String word = line.strip();
        return word.equals("exit") || word.equals("quit");
    }

    private int obey(String line) throws IOException, InterruptedException {
        String text = line.strip();
        if (text.isEmpty()) {
            return ExitCode.OK;
        } else if (text.equals("help")) {
            out.println(HELP);
            return ExitCode.OK;
        } else if (text.equals("status") || text.equals("lava") || text.equals("fsck")) {
            return own(text);
        } else if (text.startsWith("where ")) {
            return where(text.substring("where ".length()).strip());
        }
        return network.run("sh", "-c", text);
    }

    private int own(String verb) throws IOException {
        return Main.run(out, out, verb, "--data", network.data().toString());
    }

    private int where(String path) {
        try (magma.vulcano.VulcanoClient client = network.connect()) {
            client.locate(path)
                    .forEach(place -> out.printf(
                            "%-8s %5d  %-40s  %s%n", place.what(), place.slice(), place.key(), place.name()));
            return ExitCode.OK;
        } catch (IOException e) {
            out.println(e.getMessage());
            return ExitCode.FAILED;
        }
    }
}
