package magma.shell;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all verbs share. */
@Command(
        mixinStandardHelpOptions = true,
        versionProvider = VersionVerb.class,
        sortOptions = false,
        footerHeading = "%nExamples:%n")
abstract class Verb implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    /** Where the verb's result goes. */
    PrintWriter out() {
        return commandLine().getOut();
    }

    /** Where progress and complaints go. */
    PrintWriter err() {
        return commandLine().getErr();
    }

    CommandLine commandLine() {
        CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("not run by picocli");
        }
        return known.commandLine();
    }
}
