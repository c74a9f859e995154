package magma.vulcano;

import java.util.List;
import magma.dht.fsck.FsckReport;
import magma.dht.wire.Reply;

/** What a check of the namespace found, in words. */
final class Findings {
    private Findings() {}

    static Reply.Findings of(FsckReport report) {
        return new Reply.Findings(
                List.of(
                        report.files() + " files",
                        report.directories() + " directories",
                        report.others() + " other flares",
                        report.entries() + " entries",
                        report.chunks() + " chunks",
                        report.orphans() + " unlinked and open"),
                report.problems().size(),
                report.problems().stream()
                        .limit(Reply.Findings.MOST)
                        .map(problem -> problem.kind() + " " + problem.where() + ": " + problem.detail())
                        .toList());
    }
}
