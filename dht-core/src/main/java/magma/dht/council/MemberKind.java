package magma.dht.council;

/** What a vulcano is for. */
public enum MemberKind {
    /** Holds replicas of slices, and may vote. */
    STORING,
    /** Votes and keeps the council's log, but no slices. */
    WITNESS
}
