package magma.dht.simulation;

/** An entry of the log: a request that would change something, and its result, which a retry gets too. Also the refused ones are there: a copy that comes late must not be carried out. */
record Change(Op op, long result) {}
