package magma.dht.replication;

/** What a replica does as primary, as backup, or before it may be either. */
interface Role<P> {
    /** The council's word is another now, and the role is the same. */
    void reconfigured();

    void tick();

    void received(VulcanoId from, ReplicationMessage<P> message);

    /** The own log was written or synced further. */
    void written();

    /** A process is known to have ended. */
    void died(VulcanoId vulcano);

    void proposed(ReplicationEvent.Proposed<P> proposed);

    void asked(long ticket);

    /** The role ends. */
    void left();
}
