package magma.dht.batch;

/** What a command is worked out from: everything that the primary knows of its slice, proposed changes included. */
record Ground(RecordView view, Holders holders, FlareCount flares) {}
