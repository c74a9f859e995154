package magma.dht.council;

/** What a command made of the state, and what it is told. */
public record Applied(CouncilState state, Result result) {}
