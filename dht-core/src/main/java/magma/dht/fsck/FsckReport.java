package magma.dht.fsck;

import java.util.List;

/** What was looked at, and what is wrong; nothing when {@code problems} is empty. */
public record FsckReport(
        long files, long directories, long others, long entries, long chunks, long orphans, List<Problem> problems) {
    public FsckReport {
        problems = List.copyOf(problems);
    }

    public boolean isClean() {
        return problems.isEmpty();
    }
}
