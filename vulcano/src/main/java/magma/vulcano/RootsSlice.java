package magma.vulcano;

import java.util.List;
import magma.dht.replication.SliceConfig;
import magma.dht.routing.RoutingTable;
import magma.dht.slice.Slice;
import magma.fs.Key;

/** The slice that has the network's root. */
record RootsSlice(Key root, RoutingTable table, Neighbours neighbours) {

    /** What must be served before there is a root, and who can lead it; for people. */
    String waitedFor() {
        Slice slice = table.map().of(root);
        SliceConfig config = table.config(slice.number());
        if (config == null) {
            return "the council's word on slice " + slice.number() + ", which has the root";
        }
        List<String> able = config.inSync().stream()
                .map(member -> member + " at " + neighbours.addressOf(member))
                .toList();
        return "slice " + slice.number() + ", which has the root and can be led by " + able;
    }
}
