package magma.shell;

import java.io.PrintWriter;

/** One line that says how far the work is, on a terminal; nothing elsewhere. */
final class ProgressLine {
    private final PrintWriter err;
    private final boolean shown = Boolean.getBoolean("magma.terminal");
    private long percent = -1;

    ProgressLine(PrintWriter err) {
        this.err = err;
    }

    void at(long done, long total) {
        long now = total <= 0 ? 0 : Math.min(100, done * 100 / total);
        if (shown && now != percent) {
            percent = now;
            err.print("\r" + now + " %  ");
            err.flush();
        }
    }

    void end() {
        if (shown && percent >= 0) {
            err.print("\r        \r");
            err.flush();
        }
    }
}
