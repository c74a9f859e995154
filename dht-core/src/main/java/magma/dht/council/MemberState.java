package magma.dht.council;

/** Whether a vulcano belongs to the network. */
public enum MemberState {
    JOINED,
    /** It left in good order, drained. It never comes back under its id. */
    LEFT,
    /** It was thrown out. It never comes back under its id. */
    EXPELLED
}
