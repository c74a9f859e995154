package magma.dht.replication;

/** What a replica does as primary, as backup, or before it may be either. */
interface Role<P> {
    /** The council's word is another now, and the role is the same. */
    void reconfigured();

    void tick();

    /** When the next tick is due. */
    long due();

    void received(VulcanoId from, ReplicationMessage<P> message);

    /** The own log was written or synced further. */
    void written();

    /** The own state was restored. */
    void restored();

    /** A process is known to have ended. */
    void died(VulcanoId vulcano, long process);

    void proposed(ReplicationEvent.Proposed<P> proposed);

    void asked(long ticket);

    void handOver(VulcanoId to);

    /** Until when what is committed may be read here; {@link Long#MIN_VALUE} for not at all. */
    long leasedUntil();

    /** The role ends. */
    void left();
}
