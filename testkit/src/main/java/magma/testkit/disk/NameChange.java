package magma.testkit.disk;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import magma.fs.Key;
import magma.fs.Name;
import org.jspecify.annotations.Nullable;

/** A change of entries that is there as a whole or not at all: a name made or removed, or a rename with all the entries that it moves. */
record NameChange(List<Edit> edits) {
    /** @param flare where the name leads from then on; null for nowhere */
    record Edit(Key directory, Name name, @Nullable Key flare) {}

    NameChange {
        edits = List.copyOf(edits);
    }

    Set<Key> directories() {
        return edits.stream().map(Edit::directory).collect(Collectors.toSet());
    }
}
