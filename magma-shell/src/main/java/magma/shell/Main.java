package magma.shell;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import magma.vulcano.RefusalException;
import magma.vulcano.UnreachableException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Where the command begins. */
@Command(
        name = "magma",
        description = "A masterless distributed POSIX filesystem.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        subcommands = {
            DemoVerb.class,
            StartVerb.class,
            StopVerb.class,
            StatusVerb.class,
            LavaVerb.class,
            InviteVerb.class,
            ExpelVerb.class,
            CouncilVerb.class,
            MembersVerb.class,
            JoinVerb.class,
            AuthorityVerb.class,
            MountVerb.class,
            UmountVerb.class,
            FsckVerb.class,
            StorageVerb.class,
            VersionVerb.class,
            HelpCommand.class
        },
        footer = {"", "Try: magma demo", "\"magma VERB --help\" says more, with examples."},
        mixinStandardHelpOptions = true,
        versionProvider = VersionVerb.class)
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        String verb = arguments.length == 0 ? "" : arguments[0];
        if (System.getProperty("magma.log") == null && (verb.equals("start") || verb.equals("mount"))) {
            System.setProperty("magma.log", "INFO");
        }
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int status = run(out, err, arguments);
        out.flush();
        err.flush();
        System.exit(status);
    }

    /** Runs one command. @return its exit code */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine command = new CommandLine(new Main());
        command.setOut(out);
        command.setErr(err);
        command.setUsageHelpWidth(100);
        command.setUsageHelpAutoWidth(true);
        command.setExecutionStrategy(new CommandLine.RunLast());
        command.setExecutionExceptionHandler((failure, failed, parsed) -> failed(err, failure));
        command.setParameterExceptionHandler((wrong, given) -> usage(err, wrong));
        if (arguments.length == 0) {
            command.usage(err);
            return ExitCode.USAGE;
        }
        return command.execute(arguments);
    }

    private static int failed(PrintWriter err, Exception failure) {
        err.println("magma: " + explain(failure));
        if (failure instanceof UnreachableException) {
            return ExitCode.UNREACHABLE;
        } else if (failure instanceof RefusalException) {
            return ExitCode.REFUSED;
        } else if (failure instanceof IllegalArgumentException) {
            return ExitCode.USAGE;
        }
        if (failure instanceof RuntimeException) {
            failure.printStackTrace(err);
        }
        return ExitCode.FAILED;
    }

    private static String explain(Exception failure) {
        String message = failure.getMessage();
        return message == null || failure instanceof java.nio.file.FileSystemException
                ? failure.getClass().getSimpleName() + (message == null ? "" : ": " + message)
                : message;
    }

    private static int usage(PrintWriter err, CommandLine.ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        err.println("magma: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println("Try \"" + command.getCommandSpec().qualifiedName() + " --help\".");
        return ExitCode.USAGE;
    }
}
