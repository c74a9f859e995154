package magma.dht.council;

/** What a member is to the council's consensus. */
public enum VotingRole {
    /** One of the 1, 3 or 5 that vote and keep the log. */
    VOTER,
    /** Is told what was decided. */
    LEARNER
}
