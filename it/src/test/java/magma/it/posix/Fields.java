package magma.it.posix;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** What stat(2) shows. */
record Fields(Map<String, String> values) {

    /** Reads "name=value" separated by blanks. */
    static Fields parse(String line) {
        Map<String, String> values = new HashMap<>();
        for (String field : line.split(" ", -1)) {
            int equals = field.indexOf('=');
            if (equals < 0) {
                throw new AssertionError("no fields: " + line);
            }
            values.put(field.substring(0, equals), field.substring(equals + 1));
        }
        return new Fields(values);
    }

    String get(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no field " + name);
        }
        return value;
    }

    long number(String name) {
        return Long.parseLong(get(name));
    }

    /** Seconds of "atime", "mtime" or "ctime". */
    BigDecimal time(String name) {
        return new BigDecimal(get(name));
    }
}
