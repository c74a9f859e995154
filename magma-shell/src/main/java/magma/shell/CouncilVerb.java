package magma.shell;

import picocli.CommandLine.Command;

@Command(
        name = "council",
        description = "What can be done with the network's council, which decides where slices are and who leads them.",
        footer = {"  magma council restore --from /srv/magma"},
        subcommands = {CouncilRestoreVerb.class})
final class CouncilVerb extends Verb {
    @Override
    public Integer call() {
        commandLine().usage(err());
        return ExitCode.USAGE;
    }
}
