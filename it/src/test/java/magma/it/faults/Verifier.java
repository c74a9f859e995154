package magma.it.faults;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.fs.Errno;
import magma.fs.FsException;

/** Reads through one vulcano what clients were told at others. */
final class Verifier {
    private final Files files;
    private final List<String> lost = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    Verifier(Files files) {
        this.files = files;
    }

    /** What was acknowledged and is not so. */
    List<String> lost() {
        return lost;
    }

    /** Registers whose history can not have been, and contents that nobody wrote. */
    List<String> wrong() {
        return wrong;
    }

    void verify(Registers registers, List<LoadClient> clients) throws FsException {
        Map<Integer, Long> found = new HashMap<>();
        for (int register = 0; register < Registers.COUNT; register++) {
            try {
                long value = Content.value(files.read(Registers.name(register)));
                if (value < 0) {
                    wrong.add(Registers.name(register) + " holds what nobody wrote");
                }
                found.put(register, value);
            } catch (FsException e) {
                if (e.errno() != Errno.ENOENT) {
                    throw e;
                }
            }
        }
        registers.check(found).forEach((register, history) -> wrong.add(describe(register, history)));
        for (LoadClient client : clients) {
            wrong.addAll(client.torn());
            for (Map.Entry<String, List<String>> log : client.logs().entrySet()) {
                verifyLog(log.getKey(), log.getValue());
            }
            for (Map.Entry<String, Boolean> name : client.names().entrySet()) {
                if (files.exists(name.getKey()) != name.getValue()) {
                    lost.add(name.getKey() + (name.getValue() ? " is gone" : " has come back"));
                }
            }
        }
    }

    private void verifyLog(String name, List<String> lines) throws FsException {
        ByteBuffer content;
        try {
            content = files.read(name);
        } catch (FsException e) {
            lost.add(name + " with " + lines.size() + " lines cannot be read: " + e.getMessage());
            return;
        }
        String is = StandardCharsets.US_ASCII.decode(content).toString();
        String must = String.join("", lines);
        if (!is.startsWith(must)) {
            int same = 0;
            while (same < is.length() && same < must.length() && is.charAt(same) == must.charAt(same)) {
                same++;
            }
            lost.add(name + " must begin with " + must.length() + " bytes of " + lines.size() + " lines, has "
                    + is.length() + ", and differs from byte " + same);
        } else if (is.substring(must.length()).chars().filter(c -> c == '\n').count() > 1) {
            wrong.add(name + " has more lines after " + lines.size() + " than were ever written");
        }
    }

    private static String describe(int register, List<Call> history) {
        StringBuilder text = new StringBuilder(Registers.name(register) + " has no possible order of:");
        history.stream()
                .sorted(java.util.Comparator.comparingLong(Call::invoked))
                .forEach(call -> text.append(String.format(
                        "%n    %.6f %s %s %s %d %s",
                        call.invoked() / 1e9,
                        call.isKnown() ? String.format("%.6f", call.returned() / 1e9) : "never",
                        call.client(),
                        call.kind(),
                        call.value(),
                        call.done())));
        return text.toString();
    }

    /** Takes away what the clients have made. */
    void cleanUp(List<LoadClient> clients) throws FsException {
        for (LoadClient client : clients) {
            for (String name : client.leftovers()) {
                try {
                    files.unlink(name);
                } catch (FsException e) {
                    if (e.errno() != Errno.ENOENT) {
                        throw e;
                    }
                }
            }
        }
    }
}
